"""The commands of every service's `__main__`: api, worker, migrate, redrive, replay, openapi.

Each imports what it needs when it is called: memory and time to start are paid for by every process.
"""

import argparse
import asyncio
import gc
import json
import signal
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import uvloop

from shared.postgres.database import Database
from shared.runtime.clock import Clock
from shared.runtime.service import Service
from shared.runtime.settings import ConfigurationError, Mode, Settings, load, require
from shared.telemetry.logging import configure, get_logger
from shared.telemetry.metrics import Metrics

if TYPE_CHECKING:
    from shared.runtime.worker import Worker

YOUNG_OBJECTS = 50_000
"""So many new objects before the collector looks: a batch of events has tens of thousands, and all are needed."""
CONFIGURATION_ERROR = 78
"""EX_CONFIG of sysexits.h."""


def main(service: Service, arguments: Sequence[str] | None = None) -> None:
    """Run one command and exit with its status; a wrong setting ends it with one line per setting."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given and given[0] in service.commands:
        run = service.commands[given[0]]
        sys.exit(_guarded(lambda: run(given[1:])))
    parsed = _parser(service).parse_args(given)
    commands: dict[str, Callable[[], int]] = {
        "api": lambda: run_api(service),
        "worker": lambda: run_worker(service),
        "migrate": lambda: run_migrate(service),
        "redrive": lambda: uvloop.run(run_redrive(service, parsed.consumer, parsed.reason)),
        "replay": lambda: uvloop.run(run_replay(service, parsed.projection)),
        "openapi": lambda: run_openapi(service),
    }
    sys.exit(_guarded(commands[parsed.command]))


def _guarded(run: Callable[[], int]) -> int:
    try:
        return run()
    except ConfigurationError as error:
        sys.stderr.write(f"configuration error\n{error}\n")
        return CONFIGURATION_ERROR
    except KeyboardInterrupt:
        return 130


def _parser(service: Service) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m services.{service.name}",
        description=f"The commands of {service.name}; each tells of its arguments with --help.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("api", help="serve HTTP")
    commands.add_parser("worker", help="consume, publish, run timers")
    commands.add_parser("migrate", help="bring the schema to the newest revision (as its owner)")
    again = commands.add_parser("redrive", help="play dead letters again")
    again.add_argument("--consumer", choices=("projections", "reactions"), help="one group only")
    again.add_argument("--reason", help="only those that were set aside for this reason")
    anew = commands.add_parser("replay", help="build a read model anew beside the old one and take it over")
    anew.add_argument("projection", nargs="?", default="", help="its name; without: which there are")
    commands.add_parser("openapi", help="print the OpenAPI document")
    for name in service.commands:
        commands.add_parser(name, help=(service.commands[name].__doc__ or "").partition("\n")[0])
    return parser


def _prepare(service: Service, process: str) -> Settings:
    settings = load(service.settings)
    if process == "api" and settings.mode is Mode.PRODUCTION:
        # Without an issuer every token is refused, and nobody learns why.
        require(settings, "issuers")
    service.check(settings, process)
    configure(service.name, process, settings.log_level)
    get_logger().info("process-started", mode=settings.mode.value, port=settings.http_port)
    return settings


def run_api(service: Service) -> int:
    """Serve HTTP until SIGTERM; requests under way are finished."""
    from shared.http.server import http_server

    settings = _prepare(service, "api")
    server = http_server(service.api(settings, Clock()), settings)

    async def serve() -> int:
        for signal_ in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(signal_, server.handle_exit, signal_, None)
        settle_memory()
        await server.serve()
        return 0 if server.started else 1

    return uvloop.run(serve())


def run_worker(service: Service) -> int:
    """Consume, publish and run timers until SIGTERM."""
    settings = _prepare(service, "worker")

    async def work() -> int:
        clock, metrics = Clock(), Metrics()
        database = await Database.connect(settings, clock, service.name, wait=False)
        worker = build_worker(service, settings, database, clock, metrics)
        settle_memory()
        return await worker.run()

    return uvloop.run(work())


def settle_memory() -> None:
    """What was made at start stays until the end: the garbage collector need not look at it time and again.

    Where many objects come and go (an import, a batch of events) that was a fifth of the processor's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 20, 20)


def build_worker(service: Service, settings: Settings, database: Database, clock: Clock, metrics: Metrics) -> "Worker":
    """The worker of a service from its parts."""
    from shared.messaging.consumer import Consumer
    from shared.runtime.worker import Worker

    parts = service.worker(settings, database, clock, metrics)
    consumer = Consumer(
        service.name, database, settings, metrics, projections=parts.projections, reactions=parts.reactions
    )
    return Worker(
        service.name,
        settings,
        database,
        consumer,
        metrics,
        timers=parts.timers,
        components=parts.components,
    )


def run_migrate(service: Service) -> int:
    """Bring the schema to the newest revision."""
    from shared.postgres.migrate import migrate

    settings = _prepare(service, "migrate")
    if settings.postgres_owner_dsn is None:
        raise ConfigurationError("TANDEM_POSTGRES_OWNER_DSN: needed to migrate")
    migrate(service.name, service.folder / "migrations", settings.postgres_owner_dsn.get_secret_value())
    return 0


async def run_redrive(service: Service, group: str | None, reason: str | None) -> int:
    """Play dead letters again; status 1 when some are kept."""
    from shared.messaging.consumer import intakes
    from shared.messaging.redrive import redrive

    settings = _prepare(service, "redrive")
    clock, metrics = Clock(), Metrics()
    database = await Database.connect(settings, clock, service.name)
    outcome: Counter[str] = Counter()
    try:
        parts = service.worker(settings, database, clock, metrics)
        for intake in intakes(service.name, database, settings, metrics, parts.projections, parts.reactions):
            if group is None or intake.consumer.endswith(group):
                outcome += await redrive(intake, reason)
    finally:
        await database.close()
    sys.stdout.write(json.dumps(outcome) + "\n")
    return 1 if outcome["kept"] else 0


async def run_replay(service: Service, name: str) -> int:
    """Build a read model anew, and do what follows from it; may be repeated."""
    from shared.messaging.replay import Replay

    settings = _prepare(service, "replay")
    clock, metrics = Clock(), Metrics()
    database = await Database.connect(settings, clock, service.name)
    try:
        parts = service.worker(settings, database, clock, metrics)
        found = {projection.name: projection for projection in parts.projections}
        if name not in found:
            told = f"there is no read model {name!r} here" if name else "say which read model"
            there_are = ", ".join(sorted(found)) or "none"
            raise ConfigurationError(f"replay: {told}; there are: {there_are}")
        records = await Replay(service.name, found[name], settings, clock).run()
        if name in parts.after_replay:
            await parts.after_replay[name](database)
    finally:
        await database.close()
    sys.stdout.write(json.dumps({"projection": name, "records": records}) + "\n")
    return 0


def run_openapi(service: Service) -> int:
    """Print the OpenAPI document; needs no server."""
    settings = load(service.settings)
    sys.stdout.write(
        json.dumps(service.api(settings, Clock()).openapi(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    )
    return 0
