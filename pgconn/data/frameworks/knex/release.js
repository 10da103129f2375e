async function work() {
  await knex.raw('SELECT 1') // taken and released by itself
  await knex.transaction(async (trx) => {
    await trx.raw('SELECT 1') // released when this function ends
  })
}
