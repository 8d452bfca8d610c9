"""The composition root of training; each process imports what it needs and nothing of the other."""

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from services.training.settings import TrainingSettings
from shared.postgres.database import Database
from shared.runtime.clock import Clock
from shared.runtime.service import Service, WorkerParts
from shared.runtime.timers import Timer
from shared.telemetry.metrics import Metrics

if TYPE_CHECKING:
    from fastapi import FastAPI

DESCRIPTION = (
    "Courses with sessions, enrolments with a waiting list, attendance, and the qualifications that they grant."
)


def build_api(settings: TrainingSettings, clock: Clock | None = None, database: Database | None = None) -> "FastAPI":
    """The HTTP application; no I/O."""
    from services.training.api import courses, enrolments, qualifications
    from shared.http.app import create_app
    from shared.http.openapi import PLACES_FROM

    return create_app(
        "training",
        settings,
        [courses.router, enrolments.router, qualifications.router],
        description=f"{DESCRIPTION} {PLACES_FROM}",
        clock=clock,
        database=database,
        resources=[settings],
    )


def build_worker(settings: TrainingSettings, _database: Database, _clock: Clock, _metrics: Metrics) -> WorkerParts:
    """What the worker does besides relaying; no I/O."""
    from services.training import subscribers
    from services.training.handlers import deadlines, merges

    return WorkerParts(
        projections=subscribers.projections(),
        reactions=subscribers.reactions(settings),
        timers=[
            Timer(
                "expire-place-offers",
                timedelta(seconds=5),
                lambda tx: deadlines.expire_place_offers(tx, settings),
            ),
            Timer(
                "close-waiting-lists",
                timedelta(minutes=1),
                lambda tx: deadlines.close_waiting_lists(tx, settings),
            ),
            Timer("end-expired-qualifications", timedelta(minutes=10), deadlines.end_expired_qualifications),
            Timer("forget-merges", timedelta(minutes=10), merges.prune),
        ],
    )


SERVICE = Service(
    name="training",
    folder=Path(__file__).parent,
    settings=TrainingSettings,
    api=build_api,
    worker=build_worker,
)
