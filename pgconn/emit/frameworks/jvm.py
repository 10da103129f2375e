"""The pool of the JVM: HikariCP, alone and in Spring Boot."""

from typing import Final

from pgconn.documents.pool import Framework, Snippet
from pgconn.emit.frameworks.known import Asked, Known, fill, when
from pgconn.emit.frameworks.quoting import java, spring_property

_JAVA: Final = """
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;

public final class Database {
    /** Once in each process. */
    public static HikariDataSource open() {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(System.getenv("JDBC_DATABASE_URL"));
        config.setMaximumPoolSize(«max»); // of this process; untouched: 10
        config.setMinimumIdle(1); // one is ready; untouched: all, always
        config.setConnectionTimeout(5_000); // without a free one: an error
        config.setIdleTimeout(300_000); // 5 min unused: closed
        config.setMaxLifetime(1_800_000); // 30 min old, less jitter: replaced
        config.addDataSourceProperty("connectTimeout", "5"); // s, for an answer
        // What pg_stat_activity shows: the service, and its host or pod.
        String host = System.getenv().getOrDefault("HOSTNAME", "host");
        config.addDataSourceProperty("ApplicationName", «app» + host);
        // It is sent with the login, not by a SET after it.
        config.addDataSourceProperty("assumeMinServerVersion", "9.0");
        «pooled»
        return new HikariDataSource(config);
    }
}
"""

_SPRING: Final = """
# All that this process may open; untouched: 10
spring.datasource.hikari.maximum-pool-size=«max»
# One is ready; untouched: all of them, idle or not
spring.datasource.hikari.minimum-idle=1
# 5 s without a free one: an error; untouched: 30
spring.datasource.hikari.connection-timeout=5000
# 5 min unused: closed, its slot is free
spring.datasource.hikari.idle-timeout=300000
# 30 min old, less some jitter: replaced
spring.datasource.hikari.max-lifetime=1800000
# Seconds for the server to answer
spring.datasource.hikari.data-source-properties.connectTimeout=5
# What pg_stat_activity shows: the service, and its host or pod
spring.datasource.hikari.data-source-properties.ApplicationName=\\
    «app»@${HOSTNAME:host}
# It is sent with the login, not by a SET after it
spring.datasource.hikari.data-source-properties.assumeMinServerVersion=9.0
# Given back when the transaction ends, not when the page is written
spring.jpa.open-in-view=false
«pooled»
"""

_BACK: Final = """
try (Connection connection = pool.getConnection()) { // given back at }
    connection.createStatement().execute("SELECT 1");
}
"""


def _hikari(asked: Asked) -> tuple[Snippet, ...]:
    in_java = when(
        asked.transaction_pooling,
        '// Prepared statements would stay behind.\nconfig.addDataSourceProperty("prepareThreshold", "0");',
    )
    in_spring = when(
        asked.transaction_pooling,
        "# Prepared statements would stay behind\nspring.datasource.hikari.data-source-properties.prepareThreshold=0",
    )
    plain = fill(_JAVA, app=java(asked.service), max=asked.max, pooled=in_java)
    spring = fill(_SPRING, app=spring_property(asked.app), max=asked.max, pooled=in_spring)
    return (
        Snippet(title="Spring Boot: application.properties", format="properties", text=spring),
        Snippet(title="HikariCP alone: Database.java", format="java", text=plain),
    )


JVM: Final = (
    Known(
        framework=Framework(
            name="hikaricp",
            title="HikariCP and Spring Boot",
            language="Java",
            aliases=("hikari", "spring", "spring-boot", "jdbc", "java", "kotlin"),
            parameter="maximumPoolSize",
            default="10",
            peak=10,
            peak_text="10, at start",
            other=None,
        ),
        snippets=_hikari,
        give_back=Snippet(title="give it back", format="java", text=fill(_BACK)),
        traps=(
            "Untouched its size is fixed: all ten are open from the start, idle or not.",
            (
                "A thread that needs a second connection while it holds one can wait for itself: threads x "
                "(connections of each - 1) + 1 is the least that cannot."
            ),
            "Spring's open-in-view keeps the connection until the page is written.",
        ),
        behind_a_pooler="prepareThreshold=0, as above, before PgBouncer 1.21. PgBouncer needs "
        "ignore_startup_parameters = extra_float_digits, which the JDBC driver sends.",
    ),
)
