"""The pools of Node.js: node-postgres, postgres.js and Knex; those of its object mappers are in `node_orm`."""

from typing import Final

from pgconn.documents.pool import Framework, Snippet
from pgconn.emit.frameworks.known import Asked, Known, fill, when
from pgconn.emit.frameworks.quoting import javascript

_PG: Final = """
const os = require('node:os')
const { Pool } = require('pg')

// Made once in each process, in a module of its own.
const pool = new Pool({
  connectionString: process.env.DATABASE_URL,
  // What pg_stat_activity shows: the service, and its host or pod.
  application_name: «app» + os.hostname(),
  max: «max», // all that this process may open; untouched: 10
  min: 0, // none is kept open for nothing
  idleTimeoutMillis: 300_000, // 5 min unused: closed, its slot is free
  // 5 s without a free one or an answer: an error; untouched: waits for ever
  connectionTimeoutMillis: 5_000,
  maxLifetimeSeconds: 1_800, // 30 min old: replaced, its memory comes back
})

// Without this, a server that ends an idle connection ends the process.
pool.on('error', (error) => console.error('lost a connection:', error))
"""

_PG_BACK: Final = """
async function work() {
  const client = await pool.connect()
  try {
    await client.query('SELECT 1')
  } finally {
    client.release() // also after an error, or the place is lost
  }
  await pool.query('SELECT 1') // one statement: taken and given back by itself
}
"""

_POSTGRES_JS: Final = """
const os = require('node:os')
const postgres = require('postgres')

// Made once in each process, in a module of its own.
const sql = postgres(process.env.DATABASE_URL, {
  max: «max», // all that this process may open; untouched: 10
  idle_timeout: 300, // 5 min unused: closed, its slot is free; untouched: never
  connect_timeout: 5, // s for the server to answer; untouched: 30
  // 25 to 30 min old: replaced, not all at once
  max_lifetime: () => 1_500 + 300 * Math.random(),
  connection: {
    // What pg_stat_activity shows: the service, and its host or pod.
    application_name: «app» + os.hostname(),
  },
  «pooled»
})
"""

_POSTGRES_JS_BACK: Final = """
async function work() {
  await sql`SELECT 1` // taken and given back by itself
  await sql.begin(async (sql) => {
    await sql`SELECT 1` // given back when this function ends
  })
  const reserved = await sql.reserve() // for more than a transaction
  try {
    await reserved`SELECT 1`
  } finally {
    reserved.release()
  }
}
"""

_KNEX: Final = """
const os = require('node:os')

// Made once in each process, in a module of its own.
const knex = require('knex')({
  client: 'pg',
  connection: {
    connectionString: process.env.DATABASE_URL,
    // What pg_stat_activity shows: the service, and its host or pod.
    application_name: «app» + os.hostname(),
    connectionTimeoutMillis: 5_000, // for the server to answer
  },
  pool: {
    max: «max», // all that this process may open; untouched: 10
    min: 0, // untouched: 2, which are never closed
    idleTimeoutMillis: 300_000, // 5 min unused: closed, its slot is free
    // 25 to 30 min old: replaced, not all at once (Knex 3.3, not before)
    maxConnectionLifetimeMillis: 1_500_000,
    maxConnectionLifetimeJitterMillis: 300_000,
  },
  acquireConnectionTimeout: 5_000, // without one: an error; untouched: 60 s
})
"""

_KNEX_BACK: Final = """
async function work() {
  await knex.raw('SELECT 1') // taken and given back by itself
  await knex.transaction(async (trx) => {
    await trx.raw('SELECT 1') // given back when this function ends
  })
}
"""


def _pg(asked: Asked) -> tuple[Snippet, ...]:
    return (_snippet("the pool, for pg 8", fill(_PG, app=javascript(asked.service), max=asked.max)),)


def _postgres_js(asked: Asked) -> tuple[Snippet, ...]:
    pooled = when(asked.transaction_pooling, "prepare: false, // prepared ones would stay behind")
    return (
        _snippet(
            "the pool, for postgres 3", fill(_POSTGRES_JS, app=javascript(asked.service), max=asked.max, pooled=pooled)
        ),
    )


def _knex(asked: Asked) -> tuple[Snippet, ...]:
    return (_snippet("the pool, for Knex 3.3 and pg 8", fill(_KNEX, app=javascript(asked.service), max=asked.max)),)


def _snippet(title: str, text: str) -> Snippet:
    return Snippet(title=title, format="javascript", text=text)


NODE: Final = (
    Known(
        framework=Framework(
            name="node-postgres",
            title="node-postgres (pg)",
            language="JavaScript",
            aliases=("pg", "node", "pg-pool"),
            parameter="max",
            default="10",
            peak=10,
            peak_text="10",
            other=None,
        ),
        snippets=_pg,
        give_back=_snippet("give it back", fill(_PG_BACK)),
        traps=(
            (
                "Each process has a pool of its own: cluster and PM2 workers multiply the number, and so does "
                "a pool that is made in each request or anew at each hot reload."
            ),
            "Untouched it waits for ever for a free connection: an exhausted pool looks like a slow database.",
        ),
        behind_a_pooler="It works as it is. A query that is given a name is a prepared statement: leave the names out, "
        "or let PgBouncer 1.21 or later carry them (max_prepared_statements).",
    ),
    Known(
        framework=Framework(
            name="postgres.js",
            title="postgres.js (postgres)",
            language="JavaScript",
            aliases=("postgresjs", "porsager"),
            parameter="max",
            default="10",
            peak=10,
            peak_text="10",
            other=None,
        ),
        snippets=_postgres_js,
        give_back=_snippet("give it back", fill(_POSTGRES_JS_BACK)),
        traps=(
            (
                "It has no limit for the wait: with all connections busy, queries queue without end. Give the request "
                "a deadline of its own."
            ),
            "Each process has a pool of its own, and sql.listen() opens one connection more.",
        ),
        behind_a_pooler="prepare: false, as above; PgBouncer 1.21 or later can carry prepared statements "
        "(max_prepared_statements), and then it may go.",
    ),
    Known(
        framework=Framework(
            name="knex",
            title="Knex",
            language="JavaScript",
            aliases=("objection", "tarn"),
            parameter="pool.max",
            default="10",
            peak=10,
            peak_text="10",
            other=None,
        ),
        snippets=_knex,
        give_back=_snippet("give it back", fill(_KNEX_BACK)),
        traps=(
            "min is 2 untouched, and these two are never closed: set it to 0.",
            (
                "A transaction without a function, await knex.transaction(), keeps its connection until it is "
                "committed or rolled back; one that is forgotten is lost for ever."
            ),
        ),
        behind_a_pooler="It works as it is: Knex prepares nothing unless a query is given a name.",
    ),
)
