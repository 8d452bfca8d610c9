"""Whose data may only be stored (Art. 18 DSGVO), no answer to an association tells; and nothing is done with them."""

import re
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.integration.registry.exchange import association, csv_of, imported, ndjson, rows_of, volunteer_row
from tests.integration.registry.platform import Person, Registry
from tests.integration.registry.test_imported_rights import delete, tell
from tests.integration.registry.test_person_requests import ask, do, officer, recorded

MASKED = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}|P-\d{6}|\d{4}-\d\d-\d\dT[0-9:.]+(Z|[+-][0-9:]+)")
"""What differs between any two persons: ids and times."""

Way = Callable[[Registry, Person, dict[str, Any]], Awaitable[str]]


def _masked(answer: httpx.Response) -> str:
    return f"{answer.status_code} {MASKED.sub('*', answer.text)}"


async def put(registry: Registry, machine: Person, row: dict[str, Any]) -> str:
    return _masked(await tell(registry, machine, "volunteers", row["external_id"], row))


def file(form: str, **parameters: str) -> Way:
    async def told(registry: Registry, machine: Person, row: dict[str, Any]) -> str:
        content, of = (ndjson([row]), "application/x-ndjson") if form == "ndjson" else (csv_of([row]), "text/csv")
        done = await imported(registry, machine, "volunteers", content, of, **parameters)
        report = await rows_of(registry, machine, done)
        return MASKED.sub("*", f"{done} {report}")

    return told


async def dialogue(
    registry: Registry, machine: Person, number: int, way: Way, meanwhile: Callable[[], Awaitable[None]] | None = None
) -> list[str]:
    """All that an association can ask about one of its volunteers, and what it is answered."""
    row = volunteer_row(number)
    name = row["external_id"]
    path = f"/exchange/crm/volunteers/{name}"
    moved = row | {"name": "Other", "mail": f"other.{number}@example.org", "postal_code": "38518", "district": None}
    moved = {key: value for key, value in moved.items() if value is not None}
    heard = [await way(registry, machine, row)]
    if meanwhile is not None:
        await meanwhile()
    dry = file("ndjson", dry_run="true")
    for told in (row, moved, moved, row | {"wishes": ["unknown_word"]}):
        heard.append(await dry(registry, machine, told))
        heard.append(await way(registry, machine, told))
        heard.append(_masked(await registry.get(path, machine)))
    if number % 2:
        heard.append(_masked(await delete(registry, machine, "volunteers", name)))
    else:
        many = await registry.post("/exchange/crm/volunteers/deletions", machine, {"external_ids": [name]})
        heard.append("204 " if '"deleted"' in many.text else many.text)
    heard.append(_masked(await registry.get(path, machine)))
    heard.append(await dry(registry, machine, moved))
    heard.append(await way(registry, machine, moved))
    await registry.let_timer_run("number-changes")
    return heard


async def feed(registry: Registry, machine: Person, *, known: int = 0) -> list[str]:
    """What the feed tells of volunteers since it told `known` of them."""
    answer = (await registry.get("/changes", machine)).json()
    told = [str({**each, "number": 0}) for each in answer["changes"] if each["kind"] == "volunteers"]
    return [MASKED.sub("*", each) for each in told[known:]]


async def restrict(registry: Registry, by: Person, volunteer_id: Any) -> None:
    told = recorded(Person("", UUID(str(volunteer_id))), "restriction", ground="accuracy_contested")
    request = await registry.post("/person-requests/recorded", by, told)
    assert (await do(registry, by, request.json(), "execution")).status_code == 200


@pytest.mark.parametrize("way", [put, file("ndjson"), file("csv")], ids=["single", "ndjson", "csv"])
async def test_every_answer_about_restricted_volunteers_is_that_about_everybody_else(
    registry: Registry, way: Way
) -> None:
    """Art. 18(2) DSGVO: registered by themselves, here by the association alone, or nobody known: all the same."""
    machine = await (await association(registry)).machine("crm")
    by = await officer(registry)
    here, _ = await registry.volunteer(mail="demo.1@example.org")
    await ask(registry, here, "restriction", ground="accuracy_contested")
    await registry.volunteer(mail="demo.2@example.org")

    async def restrict_the_imported() -> None:
        await restrict(registry, by, (await registry.last("volunteer-imported"))["volunteer_id"])

    seen: list[list[str]] = []
    ended: list[list[str]] = []
    for number, meanwhile in ((1, None), (2, None), (3, None), (4, restrict_the_imported)):
        seen.append(await dialogue(registry, machine, number, way, meanwhile))
        ended.append(await feed(registry, machine, known=sum(map(len, ended))))
    for each in seen[1:]:
        assert each == seen[0]
    assert ended[0] and ended == [ended[0]] * 4
    assert "suppressed" in seen[0][-1]
    imported_one = UUID((await registry.announced("volunteer-imported"))[-1].data["volunteer_id"])  # type: ignore[index]
    about = [each for each in await registry.announced() if each.key in (str(here.subject_id), str(imported_one))]
    after_the_restriction = [each.type for each in about if each.type == "volunteer-imported"]
    assert after_the_restriction == ["volunteer-imported"], "only of the one who was not restricted yet"
    mails = "SELECT string_agg(mail, ' ' ORDER BY mail) FROM volunteer_contacts WHERE NOT erasure_requested"
    assert await registry.value(mails) == "demo.1@example.org demo.2@example.org demo.4@example.org"


async def test_when_a_restriction_ends_the_volunteer_is_asked_once_and_the_link_stands(registry: Registry) -> None:
    """Art. 14, 18 DSGVO."""
    machine = await (await association(registry)).machine("crm")
    person, _ = await registry.volunteer(mail="demo.1@example.org")
    for turn in range(2):
        await ask(registry, person, "restriction", ground="accuracy_contested")
        row = volunteer_row(1) | {"reach_km": 20 + turn}
        assert (await tell(registry, machine, "volunteers", "P-1", row)).status_code == 200
        assert len(await registry.announced("volunteer-imported")) == turn
        ended = await registry.post(
            f"/persons/{person.subject_id}/restriction/end", person, {"reason": "wish_of_person"}
        )
        assert ended.status_code < 300, ended.text
        assert len(await registry.announced("volunteer-imported")) == 1
    asked = await registry.last("volunteer-imported")
    assert (asked["volunteer_id"], asked["was_known"]) == (str(person.subject_id), True)
    agreed = await registry.post(f"/volunteers/me/links/{asked['link_id']}/agreement", person)
    assert agreed.status_code == 200, agreed.text
    known = (await registry.get("/exchange/crm/volunteers/P-1", machine)).json()
    assert (known["id"], known["is_confirmed"]) == (asked["link_id"], True)


async def test_a_correction_of_a_restricted_volunteer_counts_when_it_is_told_again_afterwards(
    registry: Registry,
) -> None:
    """Art. 18(2) DSGVO; and the answer does not tell that only now it has an effect."""
    machine = await (await association(registry)).machine("crm")
    by = await officer(registry)
    await tell(registry, machine, "volunteers", "P-1", volunteer_row(1))
    volunteer_id = UUID((await registry.last("volunteer-imported"))["volunteer_id"])
    await restrict(registry, by, volunteer_id)
    row = volunteer_row(1) | {"name": "Other"}
    name = "SELECT name FROM volunteer_contacts WHERE volunteer_id = $1"
    for outcome in ("updated", "unchanged"):
        assert (await tell(registry, machine, "volunteers", "P-1", row)).json()["outcome"] == outcome
        assert await registry.value(name, volunteer_id) != "Other"
    await registry.value("DELETE FROM restrictions")
    await registry.value("UPDATE volunteers SET restricted = false")
    assert (await tell(registry, machine, "volunteers", "P-1", row)).json()["outcome"] == "unchanged"
    assert await registry.value(name, volunteer_id) == "Other"
    assert await registry.value("SELECT held_back_since FROM external_ids WHERE kind = 'volunteers'") is None
