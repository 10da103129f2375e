const os = require('node:os')
const { Pool } = require('pg')

// Made once in each process, in a module of its own.
const pool = new Pool({
  connectionString: process.env.DATABASE_URL,
  // What pg_stat_activity shows: the service, and its host or pod.
  application_name: 'PGCONN_APPLICATION@' + os.hostname(),
  max: 1001, // all that this process may open; default 10
  min: 0, // none is kept open for nothing
  idleTimeoutMillis: 300_000, // 5 min unused: closed, its slot is free
  // 5 s without a free one or an answer: an error; by default it waits for ever
  connectionTimeoutMillis: 5_000,
  maxLifetimeSeconds: 1_800, // 30 min old: replaced, its memory comes back
})

// Without this, a server that ends an idle connection ends the process.
pool.on('error', (error) => console.error('lost a connection:', error))
