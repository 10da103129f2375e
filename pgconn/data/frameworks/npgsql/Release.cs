await using (var connection = await dataSource.OpenConnectionAsync())
{
    await using var command = new NpgsqlCommand("SELECT 1", connection);
    await command.ExecuteNonQueryAsync();
} // given back here, also by an error
