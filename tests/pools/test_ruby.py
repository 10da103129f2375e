"""ActiveRecord 6.1, as Debian has it, run with the printed config/database.yml."""

from pathlib import Path
from typing import Final

import pytest

from pgconn.demo.clients import Target
from tests.conftest import MakePgBouncer, Run
from tests.pools.place import gem, program
from tests.pools.proof import prove, prove_through_a_pooler, snippets

pytestmark = pytest.mark.pg(">= 18")  # a pool does not know the version of its server

MAIN: Final = """
require "active_record"
require "erb"
require "json"
require "socket"
require "yaml"

ENV["RAILS_ENV"] = "production" # so that DATABASE_URL is merged into it, as Rails does
ActiveRecord::Base.configurations = YAML.load(ERB.new(File.read("database.yml")).result)
ActiveRecord::Base.establish_connection(:production)

tasks = Array.new(Integer(ENV["MANY"])) do
  Thread.new do
    ActiveRecord::Base.connection_pool.with_connection do |connection|
      pid = connection.select_all(ENV["HELD"]).first["pid"]
      Integer(ENV["REPEATS"]).times do |i|
        bind = ActiveRecord::Relation::QueryAttribute.new("i", i, ActiveRecord::Type::Integer.new)
        connection.exec_query("select $1::int + 1", "repeat", [bind], prepare: true)
      end
      pid
    end
  end
end
pids = tasks.map(&:value)
ActiveRecord::Base.connection_pool.disconnect!
puts JSON.generate(pids)
"""


def script(folder: Path, pgconn: Run, *options: str) -> list[str]:
    """The command that runs what uses the file."""
    ruby = program("ruby")
    gem("active_record")
    gem("pg")
    (printed,) = snippets(pgconn, "rails-8.0", *options)
    (folder / "database.yml").write_text(printed, encoding="utf-8")
    (folder / "main.rb").write_text(MAIN, encoding="utf-8")
    return [ruby, "-W0", "main.rb"]


def test_the_pool_keeps_to_its_number_and_its_name_arrives(cluster: Target, pgconn: Run, tmp_path: Path) -> None:
    prove(cluster, script(tmp_path, pgconn), tmp_path)


def test_the_pool_works_through_a_pooler_in_transaction_mode(
    cluster: Target, pgbouncer: MakePgBouncer, pgconn: Run, tmp_path: Path
) -> None:
    command = script(tmp_path, pgconn, "--transaction-pooling")
    pooler = pgbouncer(cluster, "transaction", settings={"default_pool_size": "2"})
    prove_through_a_pooler(pooler.conninfo(user="app", dbname="app"), command, tmp_path)
