async function work() {
  await sequelize.query('SELECT 1') // taken and given back by itself
  await sequelize.transaction(async (transaction) => {
    await sequelize.query('SELECT 1', { transaction }) // given back at the end
  })
}
