const os = require('node:os')

// Made once in each process, in a module of its own.
const knex = require('knex')({
  client: 'pg',
  connection: {
    connectionString: process.env.DATABASE_URL,
    // What pg_stat_activity shows: the service, and its host or pod.
    application_name: 'PGCONN_APPLICATION@' + os.hostname(),
    connectionTimeoutMillis: 5_000, // for the server to answer
  },
  pool: {
    max: 1001, // all that this process may open; default 10
    min: 0, // default 2, which are never closed
    idleTimeoutMillis: 300_000, // 5 min unused: closed, its slot is free
    // 25 to 30 min old: replaced, not all at once (Knex 3.3, not before)
    maxConnectionLifetimeMillis: 1_500_000,
    maxConnectionLifetimeJitterMillis: 300_000,
  },
  acquireConnectionTimeout: 5_000, // without one: an error; default 60 s
})
