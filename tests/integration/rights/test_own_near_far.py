"""Who sees what of what there is: every cell of the registry's matrix through HTTP, asked about what is one's own, about
what lies in one's reach, and about what lies outside.

The things are real (`world.py`) and nothing that is asked changes them, so an answer follows from the permission alone: what
a role may do with a thing is done; what it may not do with this one is not there (404); what it may never do is refused.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from services.registry.permissions import PERMISSIONS
from shared.access.permissions import Relation
from shared.contracts.vocabulary import Role
from tests.integration.registry.platform import Person
from tests.integration.rights.cells import (
    ASKED_BY,
    QUERIES,
    SHOWN,
    SHOWS_COUNTS_OR_TIMES,
    VERSIONS,
    body,
    shown,
    things,
)
from tests.integration.rights.endpoints import ENDPOINTS, PUBLIC, SIGNED_IN, STAFF
from tests.integration.rights.world import Side, World, new_key

REFUSED, NOT_THERE = 403, 404
FOR_EVERYBODY = (PUBLIC, SIGNED_IN, STAFF)


@dataclass(frozen=True)
class Asked:
    """One endpoint in the hands of one role."""

    name: str
    method: str
    path: str
    role: Role

    @property
    def relations(self) -> set[Relation]:
        """What the matrix lets this role do, by any of the operations that decide."""
        written = ENDPOINTS["registry"][self.name]
        operations = (written,) if isinstance(written, str) else written
        return {found for each in operations if (found := PERMISSIONS.rules[each].get(self.role)) is not None}

    @property
    def names_a_thing(self) -> bool:
        return "{" in self.path or self.name in NAMED_IN_BODY


NAMED_IN_BODY = {
    "propose-boundary", "plan-campaign", "publish-contact", "state-duplicate", "record-person-request", "begin-import",
    "imports", "changes", "needs",
}  # fmt: skip
"""Their path says nothing; query or body names whose it is."""


class Asking:
    """Requests as somebody of a side, about things of a side."""

    def __init__(self, world: World) -> None:
        self.world, self.registry = world, world.registry
        self._versions: dict[tuple[str, str], int] = {}

    def somebody(self, asked: Asked, side: Side) -> Person:
        if asked.role is Role.VOLUNTEER:
            return side.person(ASKED_BY.get(asked.name, "volunteer_id"))
        return side.staff[asked.role]

    async def ask(self, asked: Asked, by: Person, about: Side, *, own: bool) -> httpx.Response:
        told = things(asked.name, about, asked.role, own=own)
        places = {name: quote(str(value), safe="") for name, value in told.items()}
        headers = dict(by.headers)
        if asked.method == "POST":
            headers["Idempotency-Key"] = new_key()
        if asked.method != "GET":
            headers["If-Match"] = f'"{await self._version(asked, told)}"'
        sent: dict[str, Any] = {}
        if asked.name == "begin-import":
            headers["Content-Type"], sent["content"] = "application/x-ndjson", b"{}\n"
        elif (json := body(asked.name, f"{asked.method} {asked.path}", about, told)) is not None:
            sent["json"] = json
        query = QUERIES[asked.name](about) if asked.name in QUERIES else {}
        path = asked.path.format(**{"topic": "housing", **places, **FIXED.get(asked.name, {})})
        return await self.registry.client.request(asked.method, path, params=query, headers=headers, **sent)

    async def _version(self, asked: Asked, told: Any) -> int:
        names = [part.strip("{}") for part in asked.path.split("/") if part.startswith("{")]
        named = next((name for name in reversed(names) if name in VERSIONS), None)
        named = "subject_id" if asked.name in MEMBERSHIPS else named
        if named is None or asked.name in FIRST_VERSION:
            return 1
        table, column = VERSIONS[named] if asked.name not in CALLS else ("campaign_calls", "campaign_id")
        value = FIXED.get(asked.name, {}).get(named, str(told.get(named)))
        found = (table, value)
        if found not in self._versions:
            sql = f"SELECT min(version) FROM {table} WHERE {column}::text = $1"
            self._versions[found] = await self.registry.value(sql, value) or 1
        return self._versions[found]


FIXED: dict[str, dict[str, str]] = {
    "withdraw-consent": {"purpose": "campaigns"},
    "rename-topic": {"topic": "housing"},
}
FIRST_VERSION = ("set-clearance-terms",)
CALLS = ("answer-call",)
MEMBERSHIPS = ("change-membership", "withdraw-membership")


@pytest.fixture(scope="module")
def asking(world: World) -> Asking:
    return Asking(world)


def endpoints(document: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if ENDPOINTS["registry"][operation["operationId"]] not in FOR_EVERYBODY:
                yield operation["operationId"], method.upper(), path


async def cells(world: World) -> list[Asked]:
    """Every endpoint that asks who somebody is × every role."""
    document = (await world.registry.client.get("/openapi.json")).json()
    return [Asked(*endpoint, role) for endpoint in endpoints(document) for role in Role]


def told(answer: httpx.Response) -> str:
    return f"{answer.status_code} {answer.text[:160]}"


NO_PERSON = "a machine is nobody, and has asked nothing"
RESTRICTED = "the side's contact has restricted their data, which only they themself publish"
OTHERWISE: dict[tuple[str, Role], tuple[int, str]] = {
    ("person-request", Role.INTEGRATION): (404, NO_PERSON),
    ("withdraw-person-request", Role.INTEGRATION): (404, NO_PERSON),
    ("restriction", Role.INTEGRATION): (404, NO_PERSON),
    ("lift-restriction", Role.INTEGRATION): (404, NO_PERSON),
    ("own-volunteer", Role.COORDINATOR): (404, "coordinators are no volunteers; they read others by their ids"),
    ("invite-member", Role.STATE_ADMIN): (403, "only the first organisation_admin; afterwards they invite their own"),
    ("change-organisation", Role.ORGANISATION_ADMIN): (409, "what was verified is changed by the state administration"),
    ("change-contact", Role.INTEGRATION): (409, RESTRICTED),
    ("confirm-contact", Role.INTEGRATION): (409, RESTRICTED),
    ("begin-import", Role.ORGANISATION_ADMIN): (409, "a file is more than one transaction"),
    ("begin-import", Role.INTEGRATION): (409, "a file is more than one transaction"),
}
"""What is let in and answered otherwise, and why."""
OF_PUBLIC_THINGS = ("change-contact", "confirm-contact")
"""That they are there is no secret."""


async def test_what_the_matrix_allows_is_done_with_ones_own_and_within_reach(world: World, asking: Asking) -> None:
    wrong = []
    for asked in await cells(world):
        if asked.relations:
            own = Relation.OWN in asked.relations
            answer = await asking.ask(asked, asking.somebody(asked, world.near), world.near, own=own)
            expected, _ = OTHERWISE.get((asked.name, asked.role), (200, ""))
            if (answer.status_code != expected) if expected != 200 else (answer.status_code >= 300):
                wrong.append(f"{asked.name} as {asked.role}: {told(answer)}")
    assert not wrong, "\n".join(wrong)


async def test_what_lies_outside_ones_reach_is_not_there(world: World, asking: Asking) -> None:
    wrong = []
    for asked in await cells(world):
        if asked.relations and Relation.ANY not in asked.relations and asked.names_a_thing:
            answer = await asking.ask(asked, asking.somebody(asked, world.near), world.far, own=True)
            expected = (REFUSED, NOT_THERE) if asked.name in OF_PUBLIC_THINGS else (NOT_THERE,)
            if answer.status_code not in expected:
                wrong.append(f"{asked.name} as {asked.role}: {told(answer)}")
    assert not wrong, "\n".join(wrong)


IN_ONES_DISTRICTS = {"record-clearance", "read-clearance", "print-clearance-letter"}
"""Operations on what an organisation has of a volunteer: a coordinator's as far as it dealt with them in their districts."""
OF_THE_ORGANISATION = ("clearances", "clearance-terms")
"""Answer alike whatever the districts; what the list shows is asked below."""


async def test_what_the_own_organisation_has_in_another_district_is_its_admins_only(
    world: World, asking: Asking
) -> None:
    """The coordinator's reach is the organisation and the districts, both."""
    near = world.near
    theirs = {"volunteer_id": near.told["elsewhere"], "other": near.told["elsewhere"]}
    elsewhere = replace(near, told=near.told | theirs | {"clearance_id": near.told["clearance_elsewhere"]})
    wrong, seen = [], set()
    for asked in await cells(world):
        if ENDPOINTS["registry"][asked.name] not in IN_ONES_DISTRICTS or asked.name in OF_THE_ORGANISATION:
            continue
        for role, is_there in ((Role.COORDINATOR, False), (Role.ORGANISATION_ADMIN, True)):
            if asked.role is role:
                seen.add(asked.name)
                answer = await asking.ask(asked, near.staff[role], elsewhere, own=True)
                if (answer.status_code < 300) != is_there or (not is_there and answer.status_code != NOT_THERE):
                    wrong.append(f"{asked.name} as {role}: {told(answer)}")
    assert not wrong, "\n".join(wrong)
    assert seen == {
        "record-clearance", "clearance", "correct-clearance", "delete-clearance", "print-clearance-letter",
    }  # fmt: skip
    path = f"/organisations/{near.told['organisation_id']}/clearances"
    shown_to = {
        role: {each["clearance_id"] for each in (await world.registry.get(path, near.staff[role])).json()["items"]}
        for role in (Role.COORDINATOR, Role.ORGANISATION_ADMIN)
    }
    of_ones_own = {near.told["clearance_id"]}
    of_both = of_ones_own | {near.told["clearance_elsewhere"]}
    assert shown_to == {Role.COORDINATOR: of_ones_own, Role.ORGANISATION_ADMIN: of_both}


async def test_over_the_whole_land_means_also_far_away(world: World, asking: Asking) -> None:
    wrong = []
    for asked in await cells(world):
        if Relation.ANY in asked.relations and asked.names_a_thing and (asked.name, asked.role) not in OTHERWISE:
            answer = await asking.ask(asked, asking.somebody(asked, world.near), world.far, own=False)
            if answer.status_code >= 300:
                wrong.append(f"{asked.name} as {asked.role}: {told(answer)}")
    assert not wrong, "\n".join(wrong)


async def test_what_is_a_neighbours_own_is_not_there(world: World, asking: Asking) -> None:
    """One's own is nobody else's: another volunteer of the same organisation, another coordinator of the same district."""
    assert world.near.colleague is not None
    neighbours = {Role.VOLUNTEER: world.near.person("neighbour"), Role.COORDINATOR: world.near.colleague}
    wrong = []
    for asked in await cells(world):
        if asked.relations == {Relation.OWN} and asked.role in neighbours and "{" in asked.path:
            answer = await asking.ask(asked, neighbours[asked.role], world.near, own=True)
            if answer.status_code != NOT_THERE:
                wrong.append(f"{asked.name} as {asked.role}: {told(answer)}")
    assert not wrong, "\n".join(wrong)


async def test_what_a_role_may_never_do_is_refused_with_every_thing(world: World, asking: Asking) -> None:
    wrong = []
    for asked in await cells(world):
        if not asked.relations:
            answer = await asking.ask(asked, asking.somebody(asked, world.near), world.near, own=True)
            if answer.status_code not in (REFUSED, NOT_THERE):
                wrong.append(f"{asked.name} as {asked.role}: {told(answer)}")
    assert not wrong, "\n".join(wrong)


async def test_a_list_shows_what_is_ones_own_or_near_and_nothing_from_outside(world: World, asking: Asking) -> None:
    wrong = []
    for asked in await cells(world):
        if asked.method != "GET" or "{" in asked.path or not asked.relations or asked.name in SHOWS_COUNTS_OR_TIMES:
            continue
        if (asked.name, asked.role) in OTHERWISE or (asked.role is Role.INTEGRATION and asked.name in OF_PERSONS):
            continue
        answer = await asking.ask(asked, asking.somebody(asked, world.near), world.near, own=True)
        near, far = (shown(asked.name, side, asked.role) in answer.text for side in (world.near, world.far))
        of_all = Relation.ANY in asked.relations and asked.name not in OF_PERSONS
        if (near, far) != (True, of_all):
            wrong.append(f"{asked.name} as {asked.role}: near {near}, far {far}: {told(answer)}")
    assert not wrong, "\n".join(wrong)


OF_PERSONS = ("own-person-requests", "export-me")
"""One's own whoever one is; a machine has none."""


async def test_every_list_says_by_what_one_sees_whose_it_is(world: World) -> None:
    lists = {each.name for each in await cells(world) if each.method == "GET" and "{" not in each.path}
    assert lists == SHOWN.keys() | set(SHOWS_COUNTS_OR_TIMES)
