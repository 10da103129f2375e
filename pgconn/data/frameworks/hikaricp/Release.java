import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;

final class Release {
    static void work(DataSource pool) throws SQLException {
        // pgconn: begin snippet
        try (Connection connection = pool.getConnection()) { // released at }
            connection.createStatement().execute("SELECT 1");
        }
        // pgconn: end snippet
    }
}
