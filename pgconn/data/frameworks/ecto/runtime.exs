import Config

{:ok, host} = :inet.gethostname()

config :my_app, MyApp.Repo,
  url: System.fetch_env!("DATABASE_URL"),
  # All that this node keeps open, from the start; default 10
  pool_size: 1001,
  # It multiplies pool_size
  pool_count: 1,
  # When all have waited over 500 ms for 5 s, those over 1 s get an error
  queue_target: 500,
  queue_interval: 5_000,
  # ms; 25 to 30 min old: replaced, not all at once; default: never
  max_lifetime: 1_500_000..1_800_000,
  # pgconn: begin transaction pooling
  # Prepared statements would stay behind
  prepare: :unnamed,
  # pgconn: end transaction pooling
  # What pg_stat_activity shows: the service, and its host or pod
  parameters: [application_name: "PGCONN_APPLICATION@" <> to_string(host)]
