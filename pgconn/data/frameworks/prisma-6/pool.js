const os = require('node:os')
const { PrismaClient } = require('@prisma/client')

const url = new URL(process.env.DATABASE_URL)
const settings = {
  connection_limit: 1001, // of this process; default 2 x CPUs + 1
  pool_timeout: 5, // 5 s without a free one: an error; default 10
  connect_timeout: 5, // s for the server to answer
  max_idle_connection_lifetime: 300, // 5 min unused: closed, its slot is free
  max_connection_lifetime: 1_800, // 30 min old: replaced, its memory comes back
  // What pg_stat_activity shows: the service, and its host or pod.
  application_name: 'PGCONN_APPLICATION@' + os.hostname(),
  // pgconn: begin transaction pooling
  pgbouncer: true, // no prepared statement outlives a transaction
  // pgconn: end transaction pooling
}
for (const name in settings) url.searchParams.set(name, settings[name])

// One client in each process, also when a development server reloads this.
globalThis.prisma ??= new PrismaClient({ datasourceUrl: url.toString() })
