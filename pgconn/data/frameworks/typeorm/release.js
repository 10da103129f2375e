async function work() {
  await dataSource.query('SELECT 1') // taken and released by itself
  const runner = dataSource.createQueryRunner()
  try {
    await runner.query('SELECT 1')
  } finally {
    await runner.release() // also after an error, or the place is lost
  }
}
