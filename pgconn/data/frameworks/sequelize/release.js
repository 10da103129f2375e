async function work() {
  await sequelize.query('SELECT 1') // taken and released by itself
  await sequelize.transaction(async (transaction) => {
    await sequelize.query('SELECT 1', { transaction }) // released at the end
  })
}
