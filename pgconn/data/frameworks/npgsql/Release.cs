await using (var connection = await dataSource.OpenConnectionAsync())
{
    await using var command = new NpgsqlCommand("SELECT 1", connection);
    await command.ExecuteNonQueryAsync();
} // released here, also by an error
