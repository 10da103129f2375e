async function work() {
  await knex.raw('SELECT 1') // taken and given back by itself
  await knex.transaction(async (trx) => {
    await trx.raw('SELECT 1') // given back when this function ends
  })
}
