"""The pools of the object mappers of Node.js: Prisma, Sequelize and TypeORM."""

from typing import Final

from pgconn.documents.pool import Framework, Snippet
from pgconn.emit.frameworks.known import Asked, Known, fill, when
from pgconn.emit.frameworks.quoting import javascript

_PRISMA: Final = """
import os from 'node:os'
import { PrismaPg } from '@prisma/adapter-pg'
// Where your generator writes it:
import { PrismaClient } from './generated/prisma/client.js'

const adapter = new PrismaPg({
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

// One client in each process, also when a development server reloads this.
export const prisma = (globalThis.prisma ??= new PrismaClient({ adapter }))
"""

_PRISMA_6: Final = """
const os = require('node:os')
const { PrismaClient } = require('@prisma/client')

const url = new URL(process.env.DATABASE_URL)
const settings = {
  connection_limit: «max», // of this process; untouched: 2 x CPUs + 1
  pool_timeout: 5, // 5 s without a free one: an error; untouched: 10
  connect_timeout: 5, // s for the server to answer
  max_idle_connection_lifetime: 300, // 5 min unused: closed, its slot is free
  max_connection_lifetime: 1_800, // 30 min old: replaced, its memory comes back
  // What pg_stat_activity shows: the service, and its host or pod.
  application_name: «app» + os.hostname(),
  «pooled»
}
for (const name in settings) url.searchParams.set(name, settings[name])

// One client in each process, also when a development server reloads this.
globalThis.prisma ??= new PrismaClient({ datasourceUrl: url.toString() })
"""

_PRISMA_BACK: Final = """
async function work() {
  await prisma.$queryRaw`SELECT 1` // taken and given back by itself
  await prisma.$transaction(
    async (tx) => {
      await tx.$queryRaw`SELECT 1` // given back when this ends
    },
    { maxWait: 5_000, timeout: 5_000 }, // for a free one, and for all of it
  )
}
"""

_SEQUELIZE: Final = """
const os = require('node:os')
const { Sequelize } = require('sequelize')

// Made once in each process, in a module of its own.
const sequelize = new Sequelize(process.env.DATABASE_URL, {
  dialect: 'postgres',
  dialectOptions: {
    // What pg_stat_activity shows: the service, and its host or pod.
    application_name: «app» + os.hostname(),
    connectionTimeoutMillis: 5_000, // for the server to answer
  },
  pool: {
    max: «max», // all that this process may open; untouched: 5
    min: 0, // none is kept open for nothing
    idle: 300_000, // 5 min unused: closed, its slot is free; untouched: 10 s
    acquire: 5_000, // without a free one: an error; untouched: 60 s
    maxUses: 10_000, // then replaced: Sequelize has no limit by age
  },
})
"""

_SEQUELIZE_BACK: Final = """
async function work() {
  await sequelize.query('SELECT 1') // taken and given back by itself
  await sequelize.transaction(async (transaction) => {
    await sequelize.query('SELECT 1', { transaction }) // given back at the end
  })
}
"""

_TYPEORM: Final = """
const os = require('node:os')
const { DataSource } = require('typeorm')

// Made once in each process, in a module of its own.
const dataSource = new DataSource({
  type: 'postgres',
  url: process.env.DATABASE_URL,
  // What pg_stat_activity shows: the service, and its host or pod.
  applicationName: «app» + os.hostname(),
  poolSize: «max», // all that this process may open; untouched: 10, as pg has it
  // 5 s without a free one or an answer: an error; untouched: waits for ever
  connectTimeoutMS: 5_000,
  extra: {
    min: 0, // none is kept open for nothing
    idleTimeoutMillis: 300_000, // 5 min unused: closed, its slot is free
    maxLifetimeSeconds: 1_800, // 30 min old: replaced, its memory comes back
  },
})
"""

_TYPEORM_BACK: Final = """
async function work() {
  await dataSource.query('SELECT 1') // taken and given back by itself
  const runner = dataSource.createQueryRunner()
  try {
    await runner.query('SELECT 1')
  } finally {
    await runner.release() // also after an error, or the place is lost
  }
}
"""


def _prisma(asked: Asked) -> tuple[Snippet, ...]:
    return (
        _snippet(
            "the pool, for Prisma 7 and @prisma/adapter-pg", fill(_PRISMA, app=javascript(asked.service), max=asked.max)
        ),
    )


def _prisma_6(asked: Asked) -> tuple[Snippet, ...]:
    pooled = when(asked.transaction_pooling, "pgbouncer: true, // no prepared statement outlives a transaction")
    return (
        _snippet(
            "the pool, for Prisma 6 and before",
            fill(_PRISMA_6, app=javascript(asked.service), max=asked.max, pooled=pooled),
        ),
    )


def _sequelize(asked: Asked) -> tuple[Snippet, ...]:
    return (_snippet("the pool, for Sequelize 6", fill(_SEQUELIZE, app=javascript(asked.service), max=asked.max)),)


def _typeorm(asked: Asked) -> tuple[Snippet, ...]:
    return (_snippet("the pool, for TypeORM 1 and 0.3", fill(_TYPEORM, app=javascript(asked.service), max=asked.max)),)


def _snippet(title: str, text: str) -> Snippet:
    return Snippet(title=title, format="javascript", text=text)


NODE_ORM: Final = (
    Known(
        framework=Framework(
            name="prisma",
            title="Prisma 7 and later",
            language="JavaScript",
            aliases=("prisma-7", "prisma>=7", "prisma-pg", "@prisma/adapter-pg"),
            parameter="max",
            default="10",
            peak=10,
            peak_text="10",
            other="prisma-6",
        ),
        snippets=_prisma,
        give_back=_snippet("give it back", fill(_PRISMA_BACK)),
        traps=(
            "connection_limit in the URL counts no more: from Prisma 7 on the adapter's max does.",
            (
                "Each new PrismaClient brings a pool of its own: one in each request, or one more at each hot reload, "
                "takes every slot."
            ),
        ),
        behind_a_pooler="It works as it is, as long as no statementNameGenerator is set. Migrations go directly to the "
        "server.",
    ),
    Known(
        framework=Framework(
            name="prisma-6",
            title="Prisma 6 and before",
            language="JavaScript",
            aliases=("prisma<=6", "prisma-5", "prisma-4"),
            parameter="connection_limit",
            default="2 x CPUs + 1",
            peak=None,
            peak_text="2 x CPUs + 1",
            other="prisma",
        ),
        snippets=_prisma_6,
        give_back=_snippet("give it back", fill(_PRISMA_BACK)),
        traps=(
            "Untouched it counts the CPUs of the node, not of the container: 64 cores make 129 connections a pod.",
            (
                "Each new PrismaClient brings a pool of its own: one in each request, or one more at each hot reload, "
                "takes every slot."
            ),
        ),
        behind_a_pooler="pgbouncer=true, as above, for PgBouncer before 1.21. Migrations go directly to the server.",
    ),
    Known(
        framework=Framework(
            name="sequelize",
            title="Sequelize 6",
            language="JavaScript",
            aliases=("sequelize-6", "sequelize-v6"),
            parameter="pool.max",
            default="5",
            peak=5,
            peak_text="5",
            other=None,
        ),
        snippets=_sequelize,
        give_back=_snippet("give it back", fill(_SEQUELIZE_BACK)),
        traps=(
            "With replication set, the pools for reading and for writing open max each.",
            (
                "A transaction without a function keeps its connection until commit() or rollback(); one that is "
                "forgotten is lost for ever."
            ),
        ),
        behind_a_pooler="It works as it is: Sequelize prepares nothing. It runs SET on each new connection "
        "(client_min_messages, the time zone), which is left behind on whichever server connection it met.",
    ),
    Known(
        framework=Framework(
            name="typeorm",
            title="TypeORM",
            language="JavaScript",
            aliases=("nestjs",),
            parameter="poolSize",
            default="10 (pg)",
            peak=10,
            peak_text="10",
            other=None,
        ),
        snippets=_typeorm,
        give_back=_snippet("give it back", fill(_TYPEORM_BACK)),
        traps=(
            "With replication set, the master and each slave have a pool of poolSize.",
            "A query runner that is not released keeps its connection for ever.",
        ),
        behind_a_pooler="It works as it is: TypeORM prepares nothing. Migrations go directly to the server.",
    ),
)
