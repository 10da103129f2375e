"""What was seen of a server, as one value: every judgement, plan and picture works on it, wherever it came from."""

from pgconn.documents.readiness import FileSetting
from pgconn.errors import NoSlot, Unavailable
from pgconn.model import Value
from pgconn.model.process import Machine, Traffic
from pgconn.model.result import Listener
from pgconn.model.setting import ServerSetting
from pgconn.model.snapshot import Snapshot


class Observation(Value, frozen=True, kw_only=True):
    """One or several snapshots, the oldest first, and what else was asked; what was not asked is None.

    `files` is what the configuration files set of the reserves, `counters` what all databases did, `host` the machine.
    """

    snapshots: tuple[Snapshot, ...]
    settings: tuple[ServerSetting, ...] | None = None
    files: tuple[FileSetting, ...] | None = None
    counters: Traffic | None = None
    host: Machine | None = None

    @property
    def now(self) -> Snapshot:
        """The newest snapshot."""
        return self.snapshots[-1]

    def setting(self, name: str) -> ServerSetting | None:
        """The setting of this name; None where it was not asked, or this version does not have it."""
        return next((setting for setting in self.settings or () if setting.name == name), None)


class ObservationListener(Listener):
    """Hears of each turn of a sampler, too; what it raises ends the run."""

    def on_observation(self, observation: Observation) -> None:
        """The server was observed."""

    def on_missed(self, error: NoSlot | Unavailable) -> None:
        """The server could not be asked in this turn, and will be in the next."""
