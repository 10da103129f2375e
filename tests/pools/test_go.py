"""pgxpool and database/sql of pgx v4, as Debian has it, run with the printed snippets."""

import subprocess
from pathlib import Path
from typing import Final

import pytest

from pgconn.demo.clients import Target
from tests.conftest import MakePgBouncer, Run
from tests.pools.place import CACHE, go_package, program
from tests.pools.proof import prove, prove_through_a_pooler, snippets

pytestmark = pytest.mark.pg(">= 18")  # a pool does not know the version of its server

FRAMEWORKS: Final = ("pgxpool", "database-sql")

MAIN: Final = """
package main

import (
    "context"
    "encoding/json"
    "fmt"
    "os"
    "strconv"
    "sync"

    "pools/database"
)

func number(name string) int {
    value, err := strconv.Atoi(os.Getenv(name))
    if err != nil {
        panic(err)
    }
    return value
}

func main() {
    ctx := context.Background()
    «open»
    if err != nil {
        panic(err)
    }
    pids := make([]int, number("MANY"))
    var all sync.WaitGroup
    for i := range pids {
        all.Add(1)
        go func(i int) {
            defer all.Done()
            conn, err := pool.«acquire»(ctx)
            if err != nil {
                panic(err)
            }
            defer conn.«release»()
            var nothing interface{}
            if err := conn.«row»(ctx, os.Getenv("HELD")).Scan(&nothing, &pids[i]); err != nil {
                panic(err)
            }
            var sum int
            for repeat := 0; repeat < number("REPEATS"); repeat++ {
                if err := conn.«row»(ctx, "select $1::int + 1", repeat).Scan(&sum); err != nil {
                    panic(err)
                }
            }
        }(i)
    }
    all.Wait()
    pool.Close()
    out, _ := json.Marshal(pids)
    fmt.Println(string(out))
}
"""

WORDS: Final = {
    "pgxpool": {
        "open": "pool, err := database.Open(ctx)",
        "acquire": "Acquire",
        "release": "Release",
        "row": "QueryRow",
    },
    "database-sql": {
        "open": "pool, err := database.Open()",
        "acquire": "Conn",
        "release": "Close",
        "row": "QueryRowContext",
    },
}


def binary(folder: Path, framework: str, pgconn: Run, *options: str) -> list[str]:
    """The command that runs the snippet, built together with what uses it."""
    go = program("go")
    sources = go_package("github.com/jackc/pgx/v4/pgxpool")
    _, printed = snippets(pgconn, framework, *options)
    place = folder / "src" / "pools"
    (place / "database").mkdir(parents=True)
    main = MAIN
    for gap, word in WORDS[framework].items():
        main = main.replace(f"«{gap}»", word)
    (place / "main.go").write_text(main, encoding="utf-8")
    (place / "database" / "database.go").write_text(printed, encoding="utf-8")
    env = {
        "GO111MODULE": "off",
        "GOPATH": f"{folder}:{sources}",
        "GOCACHE": str(CACHE / "go"),
        "GOFLAGS": "",
        "CGO_ENABLED": "0",
    }
    built = subprocess.run(
        [go, "build", "-o", str(folder / "pools.bin"), "pools"],
        env={"PATH": str(Path(go).parent), "HOME": str(folder), **env},
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    return [str(folder / "pools.bin")]


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_pool_keeps_to_its_number_and_its_name_arrives(
    cluster: Target, pgconn: Run, tmp_path: Path, framework: str
) -> None:
    prove(cluster, binary(tmp_path, framework, pgconn), tmp_path)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_pool_works_through_a_pooler_in_transaction_mode(
    cluster: Target, pgbouncer: MakePgBouncer, pgconn: Run, tmp_path: Path, framework: str
) -> None:
    command = binary(tmp_path, framework, pgconn, "--transaction-pooling")
    pooler = pgbouncer(cluster, "transaction", settings={"default_pool_size": "2"})
    prove_through_a_pooler(pooler.conninfo(user="app", dbname="app"), command, tmp_path)
