"""How soon what another service tells of a volunteer is seen in the lists, while the worker is half as busy as it can be."""

import asyncio
import time
from collections.abc import Sequence
from random import Random
from typing import Any
from uuid import UUID, uuid4

import numpy as np

from services.matching.app import build_worker
from services.matching.handlers.suggestions import best_volunteers_for
from services.matching.store import offers
from shared.contracts.registry import VolunteerUpdated
from shared.messaging.intake import Intake
from shared.postgres.database import Database
from shared.runtime.clock import SettableClock
from shared.telemetry.metrics import Metrics
from tests.benchmarks.matching.land import Land
from tests.benchmarks.matching.population import NOW
from tests.benchmarks.report import Result, against
from tests.support.served import Heard, heard

BATCH, BATCHES, PROBES = 100, 20, 60
LANGUAGE = "zz"
"""Spoken by nobody but those who are watched for."""


async def measure(land: Land) -> list[Result]:
    """The rate at which events of volunteers are taken in, postings included; and at half of it the way into a list."""
    clock = SettableClock(NOW)
    database = await Database.connect(land.settings, clock, "matching")
    try:
        parts = build_worker(land.settings, database, clock, Metrics())
        intake = Intake(
            "matching.bench", database, land.settings, Metrics(), list(parts.projections), list(parts.reactions)
        )
        dice = Random(land.population.seed)
        rate = await _rate(land, intake, dice)
        seconds = await _probe(land, database, intake, dice, BATCH / (rate / 2))
    finally:
        await database.close()
    return [
        against("events of volunteers taken in, with their postings", "events/s", [rate], None),
        *(
            against(f"event to visible in suggestions, at half load, p{percent}", "ms", [float(each)], None)
            for percent, each in ((50, np.percentile(seconds, 50) * 1000), (99, np.percentile(seconds, 99) * 1000))
        ),
    ]


async def _rate(land: Land, intake: Intake, dice: Random) -> float:
    batches = [_others(land, dice, 2 + number) for number in range(BATCHES)]
    begun = time.perf_counter()
    for batch in batches:
        await intake.take(batch)
    return BATCH * BATCHES / (time.perf_counter() - begun)


async def _probe(land: Land, database: Database, intake: Intake, dice: Random, pause: float) -> Sequence[float]:
    """Each batch brings one volunteer who has to appear in the list of the one offer that asks for their language."""
    async with database.reading() as connection:
        number = int(np.flatnonzero(land.population.o["open"])[0])
        offer_id = UUID(land.population.offer_id(number))
        await connection.execute(
            "UPDATE offers SET languages_required = $2, language_levels = $3, languages_welcome = '{}', "
            "qualifications = '{}', skills_required = '{}', clearance_basis = NULL, clearance_activity = NULL, "
            "minimum_age = NULL WHERE offer_id = $1",
            offer_id, [LANGUAGE], ["A1"],
        )  # fmt: skip
        offer = await offers.offer(connection, offer_id)
        assert offer is not None
        spent = []
        for round_ in range(PROBES):
            probe = _volunteer(uuid4(), 1, offer.postal_code, offer.district, LANGUAGE)
            batch = [*_others(land, dice, 1000 + round_)[1:], heard(probe, NOW, 0)]
            begun = time.perf_counter()
            await intake.take(batch)
            await _appears(connection, land, offer, probe.volunteer_id)
            spent.append(time.perf_counter() - begun)
            await asyncio.sleep(max(0.0, pause - spent[-1]))
        return spent


async def _appears(connection: Any, land: Land, offer: Any, volunteer_id: UUID) -> None:
    found = await best_volunteers_for(connection, offer, PROBES, land.settings, NOW)
    assert volunteer_id in {each.volunteer_id for each in found}


def _others(land: Land, dice: Random, version: int) -> list[Heard]:
    numbers = dice.sample(range(land.population.volunteers), BATCH)
    codes = land.population.codes
    found = []
    for number in numbers:
        code = codes[int(land.population.v["place"][number])]
        identity = UUID(land.population.volunteer_id(number))
        found.append(heard(_volunteer(identity, version, code, f"{code[:3]}00", "de"), NOW, 0))
    return found


def _volunteer(volunteer_id: UUID, version: int, code: str, district: str, language: str) -> VolunteerUpdated:
    return VolunteerUpdated.model_validate(
        {
            "volunteer_id": volunteer_id,
            "version": version,
            "languages": [{"language": language, "level": "native"}],
            "reach_km": 20,
            "postal_code": code,
            "district": district,
            "age_reached": 18,
            "registered_at": NOW,
        }
    )
