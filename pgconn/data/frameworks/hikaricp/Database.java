import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;

public final class Database {
    /** Once in each process. */
    public static HikariDataSource open() {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(System.getenv("JDBC_DATABASE_URL"));
        config.setMaximumPoolSize(1001); // of this process; default 10
        config.setMinimumIdle(1); // one is ready; default: all, always
        config.setConnectionTimeout(5_000); // without a free one: an error
        config.setIdleTimeout(300_000); // 5 min unused: closed
        config.setMaxLifetime(1_800_000); // 30 min old, less jitter: replaced
        config.addDataSourceProperty("connectTimeout", "5"); // s, for an answer
        // What pg_stat_activity shows: the service, and its host or pod.
        String host = System.getenv().getOrDefault("HOSTNAME", "host");
        config.addDataSourceProperty("ApplicationName", "PGCONN_APPLICATION@" + host);
        // It is sent with the login, not by a SET after it.
        config.addDataSourceProperty("assumeMinServerVersion", "9.0");
        // pgconn: begin transaction pooling
        // Prepared statements would stay behind.
        config.addDataSourceProperty("prepareThreshold", "0");
        // pgconn: end transaction pooling
        return new HikariDataSource(config);
    }
}
