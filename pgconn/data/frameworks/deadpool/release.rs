async fn work(pool: &Pool) -> Result<(), Box<dyn std::error::Error>> {
    let client = pool.get().await?;
    client.execute("SELECT 1", &[]).await?;
    Ok(()) // released when it is dropped, also by an error
}
