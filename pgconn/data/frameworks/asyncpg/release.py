async def work(pool):
    # 5 s without a free one: an error; untouched it waits for ever.
    async with pool.acquire(timeout=5) as connection:  # given back at the end
        await connection.execute("SELECT 1")
