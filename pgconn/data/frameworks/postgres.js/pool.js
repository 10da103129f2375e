const os = require('node:os')
const postgres = require('postgres')

// Made once in each process, in a module of its own.
const sql = postgres(process.env.DATABASE_URL, {
  max: 1001, // all that this process may open; default 10
  idle_timeout: 300, // 5 min unused: closed, its slot is free; default: never
  connect_timeout: 5, // s for the server to answer; default 30
  // 25 to 30 min old: replaced, not all at once
  max_lifetime: () => 1_500 + 300 * Math.random(),
  connection: {
    // What pg_stat_activity shows: the service, and its host or pod.
    application_name: 'PGCONN_APPLICATION@' + os.hostname(),
  },
  // pgconn: begin transaction pooling
  prepare: false, // prepared ones would stay behind
  // pgconn: end transaction pooling
})
