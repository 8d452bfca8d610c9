"""What a service tells the runner: its name, its settings, how its two processes are put together."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.postgres.database import Database
from shared.runtime.clock import Clock
from shared.runtime.settings import Settings
from shared.runtime.timers import Timer
from shared.telemetry.metrics import Metrics

if TYPE_CHECKING:
    from fastapi import FastAPI

    from shared.messaging.projection import Projection
    from shared.messaging.reaction import Reaction
    from shared.runtime.worker import Component


@dataclass(frozen=True)
class WorkerParts:
    """What a service's worker does besides relaying: built in `app.py` from settings and an open database."""

    projections: "Sequence[Projection]" = ()
    reactions: "Sequence[Reaction]" = ()
    timers: Sequence[Timer] = ()
    components: "Sequence[Component]" = ()
    after_replay: Mapping[str, Callable[[Database], Awaitable[object]]] = field(default_factory=dict)
    """By projection, what follows when its table was built anew: in a replay nobody is told what changed."""


@dataclass(frozen=True)
class Service:
    """One service. Declared as `SERVICE` in its `app.py`.

    Parameters
    ----------
    name
        Also the name of its schema.
    folder
        Where its code and its `migrations` lie: `Path(__file__).parent`.
    settings
        Its settings class.
    api
        From settings and clock to the HTTP application; no I/O.
    worker
        From settings, database, clock and metrics to the parts of its worker; no I/O.
    check
        From settings and process (`api`, `worker`): raises ConfigurationError when something is missing without which
        this process cannot do its work. Called before anything is started.
    commands
        Further commands of its `__main__`: name → function(arguments) → exit status.
    """

    name: str
    folder: Path
    settings: type[Settings]
    api: "Callable[[Any, Clock], FastAPI]"
    worker: Callable[[Any, Database, Clock, Metrics], WorkerParts]
    check: Callable[[Any, str], None] = lambda _settings, _process: None
    commands: Mapping[str, Callable[[Sequence[str]], int]] = field(default_factory=dict)
