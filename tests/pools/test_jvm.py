"""HikariCP, run with the printed snippet."""

import subprocess
from pathlib import Path
from typing import Final

import pytest

from pgconn.demo.clients import Target
from tests.conftest import MakePgBouncer, Run
from tests.pools.place import jars, program
from tests.pools.proof import prove, prove_through_a_pooler, snippets

pytestmark = pytest.mark.pg(">= 18")  # a pool does not know the version of its server

MAIN: Final = """
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

public final class Main {
    public static void main(String[] arguments) throws Exception {
        int many = Integer.parseInt(System.getenv("MANY"));
        ExecutorService threads = Executors.newFixedThreadPool(many);
        try (com.zaxxer.hikari.HikariDataSource pool = Database.open()) {
            List<Future<Integer>> tasks = new ArrayList<>();
            for (int i = 0; i < many; i++) tasks.add(threads.submit(() -> task(pool)));
            List<Integer> pids = new ArrayList<>();
            for (Future<Integer> task : tasks) pids.add(task.get());
            System.out.println(pids);
        } finally {
            threads.shutdown();
        }
    }

    private static int task(com.zaxxer.hikari.HikariDataSource pool) throws Exception {
        try (Connection connection = pool.getConnection()) {
            int pid;
            try (ResultSet held = connection.createStatement().executeQuery(System.getenv("HELD"))) {
                held.next();
                pid = held.getInt("pid");
            }
            for (int i = 0; i < Integer.parseInt(System.getenv("REPEATS")); i++) {
                try (PreparedStatement statement = connection.prepareStatement("select ?::int + 1")) {
                    statement.setInt(1, i);
                    statement.executeQuery().close();
                }
            }
            return pid;
        }
    }
}
"""


def classes(folder: Path, pgconn: Run, *options: str) -> list[str]:
    """The command that runs the snippet, compiled together with what uses it."""
    java, javac = program("java"), program("javac")
    path = f"{jars('HikariCP', 'postgresql', 'slf4j-api', 'slf4j-nop')}:."
    _, printed = snippets(pgconn, "hikaricp", *options)
    (folder / "Database.java").write_text(printed, encoding="utf-8")
    (folder / "Main.java").write_text(MAIN, encoding="utf-8")
    subprocess.run([javac, "-cp", path, "Main.java", "Database.java"], cwd=folder, check=True)
    return [java, "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp", path, "Main"]


def test_the_pool_keeps_to_its_number_and_its_name_arrives(cluster: Target, pgconn: Run, tmp_path: Path) -> None:
    prove(cluster, classes(tmp_path, pgconn), tmp_path)


def test_the_pool_works_through_a_pooler_in_transaction_mode(
    cluster: Target, pgbouncer: MakePgBouncer, pgconn: Run, tmp_path: Path
) -> None:
    command = classes(tmp_path, pgconn, "--transaction-pooling")
    settings = {"default_pool_size": "2", "ignore_startup_parameters": "extra_float_digits"}
    pooler = pgbouncer(cluster, "transaction", settings=settings)
    prove_through_a_pooler(pooler.conninfo(user="app", dbname="app"), command, tmp_path)
