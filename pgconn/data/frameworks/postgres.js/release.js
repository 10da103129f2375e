async function work() {
  await sql`SELECT 1` // taken and released by itself
  await sql.begin(async (sql) => {
    await sql`SELECT 1` // released when this function ends
  })
  const reserved = await sql.reserve() // for more than a transaction
  try {
    await reserved`SELECT 1`
  } finally {
    reserved.release()
  }
}
