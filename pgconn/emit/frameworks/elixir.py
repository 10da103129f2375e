"""The pool of Elixir: Ecto, by DBConnection."""

from typing import Final

from pgconn.documents.pool import Framework, Snippet
from pgconn.emit.frameworks.known import Asked, Known, fill, when
from pgconn.emit.frameworks.quoting import elixir

_ECTO: Final = """
import Config

{:ok, host} = :inet.gethostname()

config :my_app, MyApp.Repo,
  url: System.fetch_env!("DATABASE_URL"),
  # All that this node keeps open, from the start; untouched: 10
  pool_size: «max»,
  # It multiplies pool_size
  pool_count: 1,
  # When all have waited over 500 ms for 5 s, those over 1 s get an error
  queue_target: 500,
  queue_interval: 5_000,
  # ms; 25 to 30 min old: replaced, not all at once; untouched: never
  max_lifetime: 1_500_000..1_800_000,
  «pooled»
  # What pg_stat_activity shows: the service, and its host or pod
  parameters: [application_name: «app» <> to_string(host)]
"""

_BACK: Final = """
Repo.query!("SELECT 1") # taken and given back by itself

Repo.checkout(fn ->
  Repo.query!("SELECT 1") # one connection for all of it, given back at the end
end)
"""


def _ecto(asked: Asked) -> tuple[Snippet, ...]:
    pooled = when(
        asked.transaction_pooling,
        "# Prepared statements would stay behind\nprepare: :unnamed,",
    )
    text = fill(_ECTO, app=elixir(asked.service), max=asked.max, pooled=pooled)
    return (Snippet(title="config/runtime.exs, for Ecto 3", format="elixir", text=text),)


ELIXIR: Final = (
    Known(
        framework=Framework(
            name="ecto",
            title="Ecto (Phoenix)",
            language="Elixir",
            aliases=("elixir", "phoenix", "postgrex", "db_connection", "ecto-sql"),
            parameter="pool_size",
            default="10",
            peak=10,
            peak_text="10, at start",
            other=None,
        ),
        snippets=_ecto,
        give_back=Snippet(title="give it back", format="elixir", text=fill(_BACK)),
        traps=(
            "The pool is fixed: pool_size connections are open from the start, idle or not. It has no idle timeout.",
            "Each BEAM node has its own; migrations start one more pool of 2; pool_count multiplies all.",
        ),
        behind_a_pooler="prepare: :unnamed, as above. Postgrex.Notifications and migrations with an advisory lock go "
        "directly to the server.",
    ),
)
