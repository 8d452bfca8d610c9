"""The composition root of matching; each process imports what it needs and nothing of the other."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from services.matching.settings import MatchingSettings
from shared.postgres.database import Database
from shared.runtime.clock import Clock
from shared.runtime.service import Service, WorkerParts
from shared.runtime.timers import Timer
from shared.telemetry.metrics import Metrics

if TYPE_CHECKING:
    from fastapi import FastAPI

DESCRIPTION = "Offers with places that are never overbooked, suggestions that explain themselves, placements in order."


def build_api(settings: MatchingSettings, clock: Clock | None = None, database: Database | None = None) -> "FastAPI":
    """The HTTP application; no I/O."""
    from services.matching.api import (
        activities,
        counterparts,
        offers,
        persons,
        placements,
        plans,
        searches,
        shifts,
        statistics,
        suggestions,
        tandems,
        templates,
    )
    from shared.http.app import create_app
    from shared.http.openapi import PLACES_FROM

    return create_app(
        "matching",
        settings,
        [
            searches.router,
            offers.router,
            shifts.router,
            templates.router,
            activities.router,
            suggestions.router,
            placements.router,
            tandems.router,
            counterparts.router,
            plans.router,
            statistics.router,
            persons.router,
        ],
        description=f"{DESCRIPTION} {PLACES_FROM}",
        clock=clock,
        database=database,
        resources=[settings],
    )


def build_worker(settings: MatchingSettings, database: Database, _clock: Clock, _metrics: Metrics) -> WorkerParts:
    """What the worker does besides relaying; no I/O."""
    from services.matching import subscribers
    from services.matching.handlers import (
        activities,
        boundaries,
        check_ins,
        counterparts,
        deadlines,
        fatigue,
        merges,
        offer_steps,
        offer_telling,
        plan_invitations,
        planning,
        plans,
        postings,
        replacements,
        replays,
        series,
        shift_telling,
        shifts,
        statistics,
        suspensions,
        tandems,
        telling,
    )

    return WorkerParts(
        projections=subscribers.projections(),
        reactions=subscribers.reactions(settings),
        timers=[
            Timer(
                "tell-suggestions",
                timedelta(seconds=1),
                lambda tx: telling.tell_suggestions(tx, settings),
                prompt=True,
            ),
            Timer(
                "take-due-steps",
                timedelta(seconds=5),
                lambda tx: deadlines.take_due_steps(tx, settings),
            ),
            Timer(
                "find-for-vacancies",
                timedelta(seconds=1),
                lambda tx: replacements.find_for_vacancy(tx, settings),
                prompt=True,
            ),
            Timer(
                "find-replacements",
                timedelta(seconds=1),
                lambda tx: replacements.find(tx, settings),
                prompt=True,
            ),
            Timer(
                "move-waiting-lists",
                timedelta(seconds=5),
                lambda tx: deadlines.move_waiting_lists(tx, settings),
                prompt=True,
            ),
            Timer("generate-shifts", timedelta(minutes=10), lambda tx: series.generate_shifts(tx, settings)),
            Timer("renew-shift-days", timedelta(minutes=10), shifts.renew_shift_days),
            Timer(
                "tell-of-moved-offers",
                timedelta(seconds=2),
                lambda tx: offer_telling.tell_of_moved_offers(tx, settings),
            ),
            Timer("tell-of-shifts", timedelta(seconds=2), lambda tx: shift_telling.tell_of_shifts(tx, settings)),
            Timer("remind-of-offers", timedelta(minutes=10), lambda tx: offer_steps.remind_of_offers(tx, settings)),
            Timer(
                "remind-of-activities", timedelta(minutes=10), lambda tx: activities.remind_of_activities(tx, settings)
            ),
            Timer("let-urgency-decay", timedelta(minutes=10), offer_steps.let_urgency_decay),
            Timer("close-offers-that-are-over", timedelta(minutes=1), deadlines.close_offers_that_are_over),
            Timer("settle-closed-offers", timedelta(seconds=5), deadlines.settle_closed_offers),
            Timer(
                "send-plan-invitations",
                timedelta(seconds=1),
                lambda tx: plan_invitations.invite_next(tx, settings),
            ),
            Timer("forget-plans", timedelta(minutes=10), plans.forget_plans),
            Timer("compute-statistics", timedelta(minutes=10), lambda tx: statistics.compute(tx, settings)),
            Timer(
                "check-requirements",
                timedelta(seconds=1),
                lambda tx: suspensions.check_requirements(tx, settings),
                prompt=True,
            ),
            Timer("tell-of-ended-boundaries", timedelta(seconds=5), boundaries.tell_of_ended_boundaries),
            Timer("end-tandems-without-placement", timedelta(seconds=5), tandems.end_those_without_placement),
            Timer("remind-of-check-ins", timedelta(minutes=10), check_ins.remind),
            Timer("forget-counterparts", timedelta(hours=1), lambda tx: counterparts.forget_closed(tx, settings)),
            Timer("count-postings", timedelta(minutes=10), postings.count_postings),
            Timer("forget-asks", timedelta(minutes=10), lambda tx: fatigue.forget_asks(tx, settings)),
            Timer("forget-merges", timedelta(minutes=10), merges.prune),
        ],
        components=[lambda: planning.plan_for_ever(database, settings)],
        after_replay={
            **dict.fromkeys(("places", "organisations", "consents"), postings.post_everything),
            **dict.fromkeys(("volunteers", "qualifications", "clearances"), replays.post_and_look),
            "rights": suspensions.look_at_everybody_placed,
        },
    )


def _post(arguments: Sequence[str]) -> int:
    from services.matching.commands import post

    return post(arguments)


SERVICE = Service(
    name="matching",
    folder=Path(__file__).parent,
    settings=MatchingSettings,
    api=build_api,
    worker=build_worker,
    commands={"post": _post},
)
