"""The pool of .NET: Npgsql, also below Entity Framework Core."""

from typing import Final

from pgconn.documents.pool import Framework, Snippet
from pgconn.emit.frameworks.known import Asked, Known, fill, when
from pgconn.emit.frameworks.quoting import ado_value, csharp, json_text

_CSHARP: Final = """
using Npgsql;

var settings = new NpgsqlConnectionStringBuilder(
    Environment.GetEnvironmentVariable("DATABASE_CONNECTION"))
{
    // What pg_stat_activity shows: the service, and its host or pod.
    ApplicationName = «app» + Environment.MachineName,
    MaxPoolSize = «max», // all that this process may open; untouched: 100
    MinPoolSize = 0, // none is kept open for nothing
    Timeout = 5, // s without a free one or an answer: an error; untouched: 15
    ConnectionIdleLifetime = 300, // 5 min unused: closed, its slot is free
    ConnectionLifetime = 1800, // 30 min old: replaced
    «pooled»
};

// Once in each process.
await using var dataSource = NpgsqlDataSource.Create(settings);
"""

_SETTINGS: Final = """
{
  "ConnectionStrings": {
    "Default": «string»
  }
}
"""

_BACK: Final = """
await using (var connection = await dataSource.OpenConnectionAsync())
{
    await using var command = new NpgsqlCommand("SELECT 1", connection);
    await command.ExecuteNonQueryAsync();
} // given back here, also by an error
"""


def _npgsql(asked: Asked) -> tuple[Snippet, ...]:
    pooled = when(
        asked.transaction_pooling,
        "NoResetOnClose = true, // the reset would meet another connection\n"
        "MaxAutoPrepare = 0, // prepared ones would stay behind",
    )
    keywords = [
        f"Maximum Pool Size={asked.max}",
        "Minimum Pool Size=0",
        "Timeout=5",
        "Connection Idle Lifetime=300",
        "Connection Lifetime=1800",
        *(["No Reset On Close=true", "Max Auto Prepare=0"] if asked.transaction_pooling else []),
        f"Application Name={ado_value(asked.app)}",
    ]
    return (
        Snippet(
            title="the pool, for Npgsql 7 and later",
            format="csharp",
            text=fill(_CSHARP, app=csharp(asked.service), max=asked.max, pooled=pooled),
        ),
        Snippet(
            title="the same in appsettings.json, beside Host, Database and Username",
            format="json",
            text=fill(_SETTINGS, string=json_text(";".join(keywords))),
        ),
    )


DOTNET: Final = (
    Known(
        framework=Framework(
            name="npgsql",
            title="Npgsql and EF Core",
            language="C#",
            aliases=("dotnet", ".net", "efcore", "ef-core", "entity-framework", "csharp", "c#", "dapper"),
            parameter="Maximum Pool Size",
            default="100",
            peak=100,
            peak_text="100",
            scope="each process and connection string",
            other=None,
        ),
        snippets=_npgsql,
        give_back=Snippet(title="give it back", format="csharp", text=fill(_BACK)),
        traps=(
            "Untouched one process can take every slot of an untouched server: 100.",
            "Each different connection string has a pool of its own: one for each tenant multiplies the number.",
            "A connection that is opened without using keeps its place until the garbage collector finds it.",
        ),
        behind_a_pooler="The two last lines, and no Prepare() of your own before PgBouncer 1.21.",
    ),
)
