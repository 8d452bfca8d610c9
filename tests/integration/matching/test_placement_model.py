"""Placements against a model: whatever people and time do in whatever order, the database and the model agree.

The model knows nothing of the code but the table of the machine as `tests/unit/matching/test_placements.py` says it a second
time, and the rules of the waiting list in a few lines. After every step: the same statuses in the same order, counts equal
to rows, nothing overbooked, nobody kept waiting in front of a free place; and what is refused has changed nothing.
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from services.matching.app import build_api, build_worker
from services.matching.handlers import invitations, placement_requests, placements
from services.matching.handlers.offer_states import calendar_day
from services.matching.models.placement_requests import Ending, PlacementRequest, Suspension, Withdrawal
from services.matching.models.placements import HOLDS_A_PLACE, LIVE, Actor, Circumstance, Step
from services.matching.models.pools import midnight
from services.matching.settings import MatchingSettings
from shared.access.callers import Caller, CallerKind, Membership
from shared.access.keys import SigningKey
from shared.contracts.vocabulary import EndReason, PlacementStatus, Role, SuspensionReason
from shared.postgres.database import Database
from shared.runtime.clock import SettableClock
from shared.runtime.errors import Refusal
from tests.integration.matching.people import CELLE, COUNTED_WRONG, Person, Platform
from tests.support.platform import PlatformDatabase
from tests.support.served import emptied, trusting
from tests.unit.matching.test_placements import ALLOWED

PEOPLE = 7
GROUP = 3
"""The first three are a group; the first speaks for it."""
OF_VOLUNTEER = (Step.ACCEPT, Step.DECLINE, Step.WITHDRAW)
OF_COORDINATOR = (
    Step.CONFIRM, Step.DECLINE, Step.WITHDRAW, Step.START, Step.SUSPEND, Step.RESUME, Step.COMPLETE, Step.END,
)  # fmt: skip
OFFERED_HOURS = 48
POOLS = st.sampled_from(("offer", "shift"))
NEXT = st.lists(st.integers(0, 1000), min_size=2, max_size=8)
"""Which of the steps that are possible are taken next: after everything, so that runs get somewhere."""
S = PlacementStatus


@dataclass
class Place:
    """A placement as the model knows it."""

    placement_id: UUID
    pool: str
    who: int
    status: S
    turn: int
    joint: UUID | None = None
    invited: bool = False
    acted: bool = True
    begun: bool = False
    until: datetime | None = None


@dataclass
class Pool:
    """Places of an open-ended offer, or of a shift."""

    offer_id: UUID
    places: int
    shift_id: UUID | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    turns: int = 0


@dataclass
class World:
    """Matching on a real database, driven from tests that hypothesis runs."""

    run: Callable[[Any], Any]
    platform: Platform
    settings: MatchingSettings
    coordinator: Person
    organisation_id: UUID
    people: list[Person]
    group_id: UUID
    examples: int = 0

    def caller(self, who: int | None) -> Caller:
        """A volunteer by number, or the coordinator."""
        if who is not None:
            return Caller(CallerKind.VOLUNTEER, None, self.people[who].subject_id)
        membership = Membership(Role.COORDINATOR, self.organisation_id, frozenset({CELLE}))
        return Caller(CallerKind.MEMBER, None, self.coordinator.subject_id, (membership,))

    def command(self, do: Callable[[Any], Any]) -> Any:
        """One use case in its transaction: its result, or the refusal, which has to leave everything as it was."""

        async def once() -> Any:
            try:
                async with self.platform.database.transaction() as tx:
                    return await do(tx)
            except Refusal as refusal:
                return refusal

        before = self.everything()
        result = self.run(once())
        if isinstance(result, Refusal):
            assert self.everything() == before, f"{result.code} has changed something"
        return result

    def everything(self) -> tuple[Any, ...]:
        """Whatever a use case may change, in short."""
        return tuple(self.rows(EVERYTHING)[0])

    def rows(self, sql: str, *arguments: object) -> list[Any]:
        async def fetch() -> list[Any]:
            async with self.platform.database.reading() as connection:
                return list(await connection.fetch(sql, *arguments))

        found: list[Any] = self.run(fetch())
        return found


EVERYTHING = """
SELECT
    (SELECT md5(coalesce(string_agg(p::text, '' ORDER BY placement_id), '')) FROM placements AS p),
    (SELECT md5(coalesce(string_agg(o::text, '' ORDER BY offer_id), '')) FROM offers AS o),
    (SELECT md5(coalesce(string_agg(s::text, '' ORDER BY shift_id), '')) FROM shifts AS s),
    (SELECT count(*) FROM outbox), (SELECT count(*) FROM asks), (SELECT count(*) FROM replacement_searches)
"""
LAST_TOLD = """
SELECT p.placement_id, p.version, p.status, last.value
FROM placements AS p
LEFT JOIN LATERAL (
    SELECT convert_from(o.value, 'UTF8')::jsonb AS value
    FROM outbox AS o WHERE o.topic = 'matching.placements' AND o.key = p.placement_id::text
    ORDER BY o.position DESC LIMIT 1
) AS last ON true
WHERE p.offer_id = ANY ($1)
  AND ((last.value ->> 'version')::bigint IS DISTINCT FROM p.version OR last.value ->> 'status' <> p.status)
"""


@pytest.fixture
def world(matching_database: PlatformDatabase, key: SigningKey, tmp_path: Path) -> Iterator[World]:
    emptied(matching_database, "matching")
    chosen = trusting(matching_database, "matching", MatchingSettings, key, tmp_path, asks_per_week=100)
    clock = SettableClock()
    with asyncio.Runner() as runner:
        database = runner.run(Database.connect(chosen, clock, "matching"))
        transport = httpx.ASGITransport(build_api(chosen, clock, database))
        client = httpx.AsyncClient(transport=transport, base_url="http://matching.test")
        platform = Platform(database, client, clock, chosen, key, build_worker)
        runner.run(platform.places())
        organisation_id = runner.run(platform.organisation())
        coordinator = runner.run(platform.member(Role.COORDINATOR, organisation_id))
        people = runner.run(platform.volunteers(PEOPLE))
        group_id = UUID(runner.run(platform.group(*people[:GROUP])))
        yield World(runner.run, platform, chosen, coordinator, organisation_id, people, group_id)
        runner.run(client.aclose())
        runner.run(database.close())


class Placements(RuleBasedStateMachine):
    """People and time, in any order."""

    world: World

    @initialize(
        places=st.integers(1, 3),
        shift_places=st.integers(1, 3),
        first=st.permutations(range(PEOPLE)),
        together=st.booleans(),
    )
    def begin(self, places: int, shift_places: int, first: list[int], together: bool) -> None:
        """An open-ended offer, and a shift of another one, with people who ask; what was before is over."""
        world = self.world
        world.platform.clock.advance(timedelta(days=30))
        self.let_time_work()
        self.known: list[Place] = []
        self.closed_to: dict[UUID, set[int]] = {}
        open_ended = world.run(world.platform.offer(world.coordinator, world.organisation_id, weekly=[], places=places))
        dated = world.run(world.platform.offer(world.coordinator, world.organisation_id, weekly=[], places=1))
        day = (world.platform.clock.now() + timedelta(days=5)).date().isoformat()
        shift = world.run(world.platform.shift_of(world.coordinator, dated, day=day, places=shift_places))
        self.pools = {
            "offer": Pool(UUID(open_ended["offer_id"]), places),
            "shift": Pool(
                UUID(dated["offer_id"]),
                shift_places,
                UUID(shift["shift_id"]),
                datetime.fromisoformat(shift["starts_at"]),
                datetime.fromisoformat(shift["ends_at"]),
            ),
        }
        self.ask(first[:5], "offer", [])
        if together:
            self._ask([0, 1], "shift", world.group_id)
        self.ask(first[3:], "shift", [])

    # What the model says

    @property
    def now(self) -> datetime:
        return self.world.platform.clock.now()

    def of_pool(self, pool: str, *statuses: S) -> list[Place]:
        return sorted(
            (one for one in self.known if one.pool == pool and (not statuses or one.status in statuses)),
            key=lambda one: one.turn,
        )

    def free(self, pool: str) -> int:
        return self.pools[pool].places - len(self.of_pool(pool, *HOLDS_A_PLACE))

    def gives_places(self, pool: str) -> bool:
        starts_at = self.pools[pool].starts_at
        return starts_at is None or self.now < starts_at

    def is_there(self, pool: str, who: int) -> bool:
        return any(one.who == who for one in self.of_pool(pool, *LIVE))

    def settle(self, pool: str) -> None:
        """Free places go to whoever waits, in order; a group together or not at all, and nobody overtakes."""
        while self.gives_places(pool) and (waiting := self.of_pool(pool, S.WAITLISTED)):
            first = [one for one in waiting if one is waiting[0] or (one.joint and one.joint == waiting[0].joint)]
            if len(first) > self.free(pool):
                return
            starts_at = self.pools[pool].starts_at
            until = self.now + timedelta(hours=OFFERED_HOURS)
            for one in first:
                one.status, one.until = S.OFFERED, until if starts_at is None else min(until, starts_at)

    def take(self, one: Place, step: Step, actor: Actor) -> None:
        has_place = self.free(one.pool) > 0 and not self.of_pool(one.pool, S.WAITLISTED) and self.gives_places(one.pool)
        given = {
            Circumstance.PLACE_FREE if has_place else Circumstance.NONE_FREE,
            Circumstance.INVITED if one.invited else Circumstance.ASKED,
            Circumstance.BEGUN if one.begun else Circumstance.NOT_BEGUN,
            None,
        }
        was = one.status
        (after,) = (after for known, after in ALLOWED[one.status, step, actor].items() if known in given)
        one.acted |= step is Step.ACCEPT
        one.status, one.until = after, None
        one.begun |= after is S.ACTIVE
        if after is S.WAITLISTED:
            self.pools[one.pool].turns += 1
            one.turn = self.pools[one.pool].turns
        if (after is S.WITHDRAWN and one.acted) or (after is S.DECLINED and not one.acted):
            self.closed_to.setdefault(self.pools[one.pool].offer_id, set()).add(one.who)
        assert was is not after

    # What people do

    @rule(who=st.lists(st.integers(0, PEOPLE - 1), min_size=1, unique=True), pool=POOLS, then=NEXT)
    def ask(self, who: list[int], pool: str, then: list[int]) -> None:
        """One after the other."""
        for one in who:
            self._ask([one], pool, None)
        self.go_on(then)

    @rule(part=st.sets(st.integers(0, GROUP - 1), min_size=1), pool=POOLS, then=NEXT)
    def ask_together(self, part: set[int], pool: str, then: list[int]) -> None:
        self._ask(sorted(part), pool, self.world.group_id)
        self.go_on(then)

    def _ask(self, who: list[int], pool: str, group_id: UUID | None) -> None:
        places = self.pools[pool]
        request = PlacementRequest(
            offer_id=places.offer_id,
            shift_id=places.shift_id,
            group_id=group_id,
            volunteer_ids=tuple(self.world.people[one].subject_id for one in who) if group_id else (),
        )
        caller = self.world.caller(0 if group_id else who[0])
        result = self.world.command(
            lambda tx: placement_requests.request_placement(tx, caller, request, self.world.settings)
        )
        if isinstance(result, Refusal):
            there = any(self.is_there(pool, one) for one in who)
            assert there or not self.gives_places(pool) or len(who) > places.places, result.code
            return
        assert self.gives_places(pool) and not any(self.is_there(pool, one) for one in who)
        fits = self.free(pool) >= len(who) and not self.of_pool(pool, S.WAITLISTED)
        ids = self.ids_of(places, who)
        joint = result.placement.joint_id
        for one in who:
            places.turns += 1
            status = S.REQUESTED if fits else S.WAITLISTED
            self.known.append(Place(ids[one], pool, one, status, places.turns, joint))

    def ids_of(self, places: Pool, who: list[int]) -> dict[int, UUID]:
        rows = self.world.rows(
            "SELECT DISTINCT ON (volunteer_id) volunteer_id, placement_id FROM placements WHERE pool_id = $1"
            " ORDER BY volunteer_id, placement_id DESC",
            places.shift_id or places.offer_id,
        )
        by_person = {row["volunteer_id"]: row["placement_id"] for row in rows}
        return {one: by_person[self.world.people[one].subject_id] for one in who}

    @rule(
        who=st.sets(st.integers(0, PEOPLE - 1), min_size=1, max_size=4),
        pool=POOLS,
        hours=st.integers(1, 100),
    )
    def invite(self, who: set[int], pool: str, hours: int) -> None:
        places, until = self.pools[pool], self.now + timedelta(hours=hours)
        people = {self.world.people[one].subject_id: one for one in sorted(who)}
        result = self.world.command(
            lambda tx: invitations.invite(
                tx, self.world.caller(None), places.offer_id, list(people), self.world.settings, places.shift_id, until
            )
        )
        if isinstance(result, Refusal):
            too_late = places.starts_at is not None and until > places.starts_at
            assert too_late or not self.gives_places(pool), result.code
            return
        closed = self.closed_to.get(places.offer_id, set())
        expected = [one for one in sorted(who) if not self.is_there(pool, one) and one not in closed]
        assert [people[view.placement.volunteer_id] for view in result.invited] == expected
        for view, one in zip(result.invited, expected, strict=True):
            places.turns += 1
            self.known.append(
                Place(view.placement.placement_id, pool, one, S.INVITED, places.turns, None, True, False, False, until)
            )

    def go_on(self, picks: list[int]) -> None:
        """Steps that are possible."""
        for pick in picks:
            able = [
                (one, step, actor)
                for one in self.known
                for actor, steps in ((Actor.VOLUNTEER, OF_VOLUNTEER), (Actor.COORDINATOR, OF_COORDINATOR))
                for step in steps
                if (one.status, step, actor) in ALLOWED
            ]
            if able:
                one, step, actor = able[pick % len(able)]
                self._step(one, step, actor, False)

    @rule(pick=st.integers(0, 1000), step=st.sampled_from(OF_VOLUNTEER), whole_group=st.booleans())
    def a_volunteer_tries(self, pick: int, step: Step, whole_group: bool) -> None:
        if self.known:
            self._step(self.known[pick % len(self.known)], step, Actor.VOLUNTEER, whole_group)

    @rule(pick=st.integers(0, 1000), step=st.sampled_from(OF_COORDINATOR))
    def a_coordinator_tries(self, pick: int, step: Step) -> None:
        if self.known:
            self._step(self.known[pick % len(self.known)], step, Actor.COORDINATOR, False)

    def _step(self, one: Place, step: Step, actor: Actor, whole_group: bool) -> None:
        joint = [one]
        is_joint = one.joint is not None and (whole_group or step in (Step.CONFIRM, Step.DECLINE, Step.ACCEPT))
        if is_joint:
            joint = [each for each in self.of_pool(one.pool, one.status) if each.joint == one.joint]
        version = self.world.rows("SELECT version FROM placements WHERE placement_id = $1", one.placement_id)[0][0]
        caller = self.world.caller(one.who if actor is Actor.VOLUNTEER else None)
        result = self.world.command(
            lambda tx: HANDLERS[step](tx, caller, one.placement_id, version, self.world.settings, whole_group)
        )
        if isinstance(result, Refusal):
            assert result.code in self._expected(one, step, actor, is_joint), f"{one} {step} {actor}: {result.code}"
            return
        assert not self._expected(one, step, actor, is_joint), f"{one} {step} {actor} should have been refused"
        for each in joint:
            self.take(each, step, actor)
        self.settle(one.pool)

    def _expected(self, one: Place, step: Step, actor: Actor, is_joint: bool) -> set[str]:
        """The refusals that there may be; none: it has to happen."""
        if (one.status, step, actor) not in ALLOWED:
            return {"placement-step-impossible"}
        codes = set()
        if is_joint and actor is Actor.VOLUNTEER and one.who != 0:
            codes.add("group-speaker-only")
        starts_at, ends_at = self.pools[one.pool].starts_at, self.pools[one.pool].ends_at
        too_late = {Step.CONFIRM: ends_at, Step.ACCEPT: starts_at}.get(step)
        if too_late is not None and too_late <= self.now:
            codes.add("shift-not-open")
        day = None if starts_at is None else midnight(calendar_day(starts_at))
        too_early = {Step.START: day, Step.COMPLETE: starts_at}.get(step)
        if too_early is not None and self.now < too_early:
            codes.add("placement-not-begun")
        if step is Step.ACCEPT and one.until is not None and one.until <= self.now:
            codes.add("deadline-passed")
        return codes

    # What time does

    @rule(hours=st.sampled_from((1, 12, 30, 48)), works=st.booleans(), then=NEXT)
    def pass_time(self, hours: int, works: bool, then: list[int]) -> None:
        """Time passes; sometimes nobody's timer runs for a while."""
        self.world.platform.clock.advance(timedelta(hours=hours))
        if works:
            self.let_time_work()
            for pool in self.pools:
                self._let_model_work(pool)
        self.go_on(then)

    def let_time_work(self) -> None:
        self.world.run(self.world.platform.let_timer_run("take-due-steps", self.world.settings))

    def _let_model_work(self, pool: str) -> None:
        while due := [one for one in self.of_pool(pool, *LIVE) if self._is_due(one)]:
            for one in due:
                self.take(one, DUE[one.status], Actor.SYSTEM)
            self.settle(pool)

    def _is_due(self, one: Place) -> bool:
        places = self.pools[one.pool]
        if one.status in (S.OFFERED, S.INVITED):
            return one.until is not None and one.until <= self.now
        at = places.starts_at if one.status is S.CONFIRMED else places.ends_at
        return at is not None and at <= self.now

    # What always holds

    @invariant()
    def database_and_model_agree(self) -> None:
        if not hasattr(self, "pools"):
            return
        for name, places in self.pools.items():
            rows = self.world.rows(
                "SELECT placement_id, status, queue_number FROM placements WHERE pool_id = $1 ORDER BY queue_number",
                places.shift_id or places.offer_id,
            )
            assert [(row["placement_id"], row["status"], row["queue_number"]) for row in rows] == [
                (one.placement_id, one.status.value, one.turn) for one in self.of_pool(name)
            ]

    @invariant()
    def counts_equal_rows_and_nothing_is_overbooked(self) -> None:
        assert [dict(row) for row in self.world.rows(COUNTED_WRONG)] == []

    @invariant()
    def nobody_waits_in_front_of_a_free_place(self) -> None:
        if not hasattr(self, "pools"):
            return
        for name in self.pools:
            waiting = self.of_pool(name, S.WAITLISTED)
            if waiting and self.gives_places(name):
                together = [
                    one for one in waiting if one is waiting[0] or (one.joint and one.joint == waiting[0].joint)
                ]
                assert self.free(name) < len(together)

    def teardown(self) -> None:
        """What was told last of every placement is how it stands."""
        if hasattr(self, "pools"):
            offers = [places.offer_id for places in self.pools.values()]
            assert self.world.rows(LAST_TOLD, offers) == []


DUE = {
    S.OFFERED: Step.EXPIRE,
    S.INVITED: Step.EXPIRE,
    S.CONFIRMED: Step.START,
    S.ACTIVE: Step.COMPLETE,
    S.SUSPENDED: Step.COMPLETE,
    S.REQUESTED: Step.CLOSE,
    S.WAITLISTED: Step.CLOSE,
}


async def _suspend(tx: Any, caller: Caller, at: UUID, version: int, chosen: MatchingSettings, _: bool) -> Any:
    told = Suspension(because=SuspensionReason.ORGANISATION_ASKED)
    return await placements.suspend_placement(tx, caller, at, version, chosen, told)


async def _end(tx: Any, caller: Caller, at: UUID, version: int, chosen: MatchingSettings, _: bool) -> Any:
    return await placements.end_placement(tx, caller, at, version, chosen, Ending(reason=EndReason.OTHER))


async def _withdraw(tx: Any, caller: Caller, at: UUID, version: int, chosen: MatchingSettings, whole: bool) -> Any:
    return await placements.withdraw_placement(tx, caller, at, version, chosen, Withdrawal(whole_group=whole))


def _plain(handler: Callable[..., Any]) -> Callable[..., Any]:
    return lambda tx, caller, at, version, chosen, _: handler(tx, caller, at, version, chosen)


HANDLERS: dict[Step, Callable[..., Any]] = {
    Step.ACCEPT: _plain(placements.accept_placement),
    Step.CONFIRM: _plain(placements.confirm_placement),
    Step.DECLINE: _plain(placements.decline_placement),
    Step.WITHDRAW: _withdraw,
    Step.START: _plain(placements.start_placement),
    Step.SUSPEND: _suspend,
    Step.RESUME: _plain(placements.resume_placement),
    Step.COMPLETE: _plain(placements.complete_placement),
    Step.END: _end,
}


def _play(world: World, examples: int, steps: int) -> None:
    machine: type[RuleBasedStateMachine] = type("PlacementsHere", (Placements,), {"world": world})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.timeout(120)
def test_whatever_happens_in_whatever_order(world: World) -> None:
    _play(world, 8, 20)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_whatever_happens_in_whatever_order_for_long(world: World) -> None:
    _play(world, 60, 40)
