using Npgsql;

var settings = new NpgsqlConnectionStringBuilder(
    Environment.GetEnvironmentVariable("DATABASE_CONNECTION"))
{
    // What pg_stat_activity shows: the service, and its host or pod.
    ApplicationName = "PGCONN_APPLICATION@" + Environment.MachineName,
    MaxPoolSize = 1001, // all that this process may open; default 100
    MinPoolSize = 0, // none is kept open for nothing
    Timeout = 5, // s without a free one or an answer: an error; default 15
    ConnectionIdleLifetime = 300, // 5 min unused: closed, its slot is free
    ConnectionLifetime = 1800, // 30 min old: replaced
    // pgconn: begin transaction pooling
    NoResetOnClose = true, // the reset would meet another connection
    MaxAutoPrepare = 0, // prepared ones would stay behind
    // pgconn: end transaction pooling
};

// Once in each process.
await using var dataSource = NpgsqlDataSource.Create(settings);
