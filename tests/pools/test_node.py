"""The pools of Node.js, run with the printed snippet."""

from pathlib import Path
from typing import Final

import pytest

from pgconn.demo.clients import Target
from tests.conftest import MakePgBouncer, Run
from tests.pools.place import node_modules, program
from tests.pools.proof import prove, prove_through_a_pooler, snippets

pytestmark = pytest.mark.pg(">= 18")  # a pool does not know the version of its server

PACKAGES: Final = {
    "node-postgres": "pg",
    "postgres.js": "postgres",
    "knex": "knex",
    "sequelize": "sequelize",
    "typeorm": "typeorm",
    "prisma": "@prisma/adapter-pg",
}

# What takes a connection with `ask`, which runs a statement on it, and releases it; and what closes the pool.
USES: Final = {
    "node-postgres": """
const use = async (work) => {
  const client = await pool.connect()
  try {
    return await work(async (sql, values) => (await client.query(sql, values)).rows)
  } finally {
    client.release()
  }
}
const close = () => pool.end()
""",
    "postgres.js": """
const use = (work) => sql.begin((one) => work((text, values) => one.unsafe(text, values, { prepare: true })))
const close = () => sql.end()
""",
    "knex": """
const use = (work) => knex.transaction((trx) =>
  work(async (sql, values) => (await trx.raw(sql.replace('$1', '?'), values)).rows))
const close = () => knex.destroy()
""",
    "sequelize": """
const use = (work) => sequelize.transaction((transaction) =>
  work((sql, bind) => sequelize.query(sql, { bind, transaction, type: 'SELECT', logging: false })))
const close = () => sequelize.close()
""",
    "typeorm": """
const use = async (work) => {
  const runner = dataSource.createQueryRunner()
  try {
    return await work((sql, values) => runner.query(sql, values))
  } finally {
    await runner.release()
  }
}
const close = () => dataSource.destroy()
""",
    "prisma": """
const opened = adapter.connect()
const use = async (work) => {
  const tx = await (await opened).startTransaction()
  try {
    return await work(async (sql, args = []) => {
      const argTypes = args.map(() => ({ scalarType: 'int', arity: 'scalar' }))
      const { columnNames, rows } = await tx.queryRaw({ sql, args, argTypes })
      return rows.map((row) => Object.fromEntries(columnNames.map((name, i) => [name, row[i]])))
    })
  } finally {
    await tx.executeRaw({ sql: 'COMMIT', args: [], argTypes: [] })
    await tx.commit()
  }
}
const close = async () => (await opened).dispose()
""",
}

MAIN: Final = """
async function task() {
  return use(async (ask) => {
    const [{ pid }] = await ask(process.env.HELD)
    for (let i = 0; i < Number(process.env.REPEATS); i++) await ask('select $1::int + 1', [i])
    return pid
  })
}

async function main() {
  «before»
  const pids = await Promise.all(Array.from({ length: Number(process.env.MANY) }, task))
  await close()
  console.log(JSON.stringify(pids))
}

main().catch((error) => {
  console.error(error)
  process.exit(1)
})
"""


def script(folder: Path, framework: str, pgconn: Run, *options: str) -> list[str]:
    """The command that runs the snippet with what uses it."""
    node = program("node")
    modules = node_modules(PACKAGES[framework])
    (folder / "node_modules").symlink_to(modules)
    (printed,) = snippets(pgconn, framework, *options)
    before = "await dataSource.initialize()" if framework == "typeorm" else ""
    if framework == "prisma":  # its generated client is made by an engine that npm does not bring
        printed = "\n".join(line for line in printed.splitlines() if "PrismaClient" not in line)
    name = "pool.mjs" if framework == "prisma" else "pool.cjs"
    (folder / name).write_text(printed + USES[framework] + MAIN.replace("«before»", before), encoding="utf-8")
    return [node, name]


@pytest.mark.parametrize("framework", PACKAGES)
def test_the_pool_keeps_to_its_number_and_its_name_arrives(
    cluster: Target, pgconn: Run, tmp_path: Path, framework: str
) -> None:
    prove(cluster, script(tmp_path, framework, pgconn), tmp_path)


@pytest.mark.parametrize("framework", PACKAGES)
def test_the_pool_works_through_a_pooler_in_transaction_mode(
    cluster: Target, pgbouncer: MakePgBouncer, pgconn: Run, tmp_path: Path, framework: str
) -> None:
    command = script(tmp_path, framework, pgconn, "--transaction-pooling")
    pooler = pgbouncer(cluster, "transaction", settings={"default_pool_size": "2"})
    prove_through_a_pooler(pooler.conninfo(user="app", dbname="app"), command, tmp_path)
