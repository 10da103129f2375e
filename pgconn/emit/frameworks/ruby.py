"""The pool of Rails (ActiveRecord), under its names from 8.1 on and before."""

from typing import Final

from pgconn.documents.pool import Framework, Snippet
from pgconn.emit.frameworks.known import Asked, Known, fill, when
from pgconn.emit.frameworks.quoting import yaml_in_erb

_RAILS: Final = """
production:
  adapter: postgresql # the rest comes from DATABASE_URL
  # What pg_stat_activity shows: the service, and its host or pod.
  application_name: "«app»<%= Socket.gethostname %>"
  max_connections: «max» # all that this process may open; untouched: 5
  min_connections: 0 # none is kept open for nothing
  checkout_timeout: 5 # 5 s without a free one: an error
  idle_timeout: 300 # 5 min unused: closed, its slot is free
  max_age: 1800 # 30 min old, less pool_jitter: replaced; untouched: never
  pool_jitter: 0.2 # not all at once
  connect_timeout: 5 # s for the server to answer
  «pooled»
"""

_RAILS_8_0: Final = """
production:
  adapter: postgresql # the rest comes from DATABASE_URL
  # What pg_stat_activity shows: the service, and its host or pod.
  application_name: "«app»<%= Socket.gethostname %>"
  pool: «max» # all that this process may open; untouched: 5
  checkout_timeout: 5 # 5 s without a free one: an error
  idle_timeout: 300 # 5 min unused: closed, its slot is free
  reaping_frequency: 60 # s between the looks for idle ones
  connect_timeout: 5 # s for the server to answer
  «pooled»
"""

_BACK: Final = """
# A request gives its connection back by itself when it ends. A thread of yours:
ActiveRecord::Base.connection_pool.with_connection do |connection|
  connection.execute("SELECT 1")
end # given back here, also after an error
"""

_POOLED: Final = """
prepared_statements: false # prepared ones would stay behind
advisory_locks: false # as the lock of migrations does
"""

_TRAPS: Final = (
    (
        "Each process has a pool for each database and role: Puma's workers multiply it. At least as many connections "
        "as threads (RAILS_MAX_THREADS), or threads wait for one another."
    ),
    "A thread of your own that took a connection keeps it until the thread ends: use with_connection.",
)
_POOLER: Final = (
    "The two last lines. Run migrations directly on the server: their lock, which stops two deploys at once, is off."
)


def _rails(template: str, title: str, asked: Asked) -> tuple[Snippet, ...]:
    pooled = when(asked.transaction_pooling, _POOLED.lstrip("\n"))
    text = fill(template, app=yaml_in_erb(asked.service), max=asked.max, pooled=pooled)
    return (Snippet(title=title, format="yaml", text=text),)


_GIVE_BACK: Final = Snippet(title="give it back", format="ruby", text=fill(_BACK))

RUBY: Final = (
    Known(
        framework=Framework(
            name="rails",
            title="Rails 8.1 and later",
            language="Ruby",
            aliases=("rails-8.1", "rails>=8.1", "activerecord", "active-record", "ruby"),
            parameter="max_connections",
            default="5",
            peak=5,
            peak_text="5",
            other="rails-8.0",
        ),
        snippets=lambda asked: _rails(_RAILS, "config/database.yml, for Rails 8.1 and later", asked),
        give_back=_GIVE_BACK,
        traps=_TRAPS,
        behind_a_pooler=_POOLER,
    ),
    Known(
        framework=Framework(
            name="rails-8.0",
            title="Rails 8.0 and before",
            language="Ruby",
            aliases=("rails<=8.0", "rails-7", "rails-6", "activerecord-8.0", "activerecord-7"),
            parameter="pool",
            default="5",
            peak=5,
            peak_text="5",
            other="rails",
        ),
        snippets=lambda asked: _rails(_RAILS_8_0, "config/database.yml, for Rails 8.0 and before", asked),
        give_back=_GIVE_BACK,
        traps=_TRAPS,
        behind_a_pooler=_POOLER,
    ),
)
