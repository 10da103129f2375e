async function work() {
  const client = await pool.connect()
  try {
    await client.query('SELECT 1')
  } finally {
    client.release() // also after an error, or the place is lost
  }
  await pool.query('SELECT 1') // one statement: taken and released by itself
}
