async def work(pool):
    # 5 s without a free one: an error; by default it waits for ever.
    async with pool.acquire(timeout=5) as connection:  # released at the end
        await connection.execute("SELECT 1")
