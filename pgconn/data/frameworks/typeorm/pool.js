const os = require('node:os')
const { DataSource } = require('typeorm')

// Made once in each process, in a module of its own.
const dataSource = new DataSource({
  type: 'postgres',
  url: process.env.DATABASE_URL,
  // What pg_stat_activity shows: the service, and its host or pod.
  applicationName: 'PGCONN_APPLICATION@' + os.hostname(),
  poolSize: 1001, // all that this process may open; default 10, as pg has it
  // 5 s without a free one or an answer: an error; by default it waits for ever
  connectTimeoutMS: 5_000,
  extra: {
    min: 0, // none is kept open for nothing
    idleTimeoutMillis: 300_000, // 5 min unused: closed, its slot is free
    maxLifetimeSeconds: 1_800, // 30 min old: replaced, its memory comes back
  },
})
