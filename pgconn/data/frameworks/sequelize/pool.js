const os = require('node:os')
const { Sequelize } = require('sequelize')

// Made once in each process, in a module of its own.
const sequelize = new Sequelize(process.env.DATABASE_URL, {
  dialect: 'postgres',
  dialectOptions: {
    // What pg_stat_activity shows: the service, and its host or pod.
    application_name: 'PGCONN_APPLICATION@' + os.hostname(),
    connectionTimeoutMillis: 5_000, // for the server to answer
  },
  pool: {
    max: 1001, // all that this process may open; default 5
    min: 0, // none is kept open for nothing
    idle: 300_000, // 5 min unused: closed, its slot is free; default 10 s
    acquire: 5_000, // without a free one: an error; default 60 s
    maxUses: 10_000, // then replaced: Sequelize has no limit by age
  },
})
