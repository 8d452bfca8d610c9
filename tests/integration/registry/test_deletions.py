"""A source system knows something no longer: by its own id, one or many; what is a person's own stays."""

from collections import Counter
from typing import Any

import asyncpg
import httpx
import pytest

from tests.integration.registry.exchange import Association, association, imported, ndjson, volunteer_row
from tests.integration.registry.platform import CELLE, Person, Registry

CONTACT = {"district": CELLE, "topic": "housing", "name": "Demo Ansprechperson"}
MEMBER = {"name": "Demo Mitglied", "mail": "mitglied@example.org", "role": "coordinator", "districts": [CELLE]}


@pytest.fixture
async def at(registry: Registry) -> Association:
    return await association(registry)


@pytest.fixture
async def machine(at: Association) -> Person:
    return await at.machine("crm")


async def tell(registry: Registry, machine: Person, kind: str, external_id: str, row: dict[str, Any]) -> httpx.Response:
    return await registry.send("PUT", f"/exchange/crm/{kind}/{external_id}", machine, row)


async def delete(registry: Registry, machine: Person, kind: str, external_id: str) -> httpx.Response:
    return await registry.send("DELETE", f"/exchange/crm/{kind}/{external_id}", machine)


async def known(registry: Registry, machine: Person, kind: str, external_id: str) -> bool:
    return (await registry.get(f"/exchange/crm/{kind}/{external_id}", machine)).status_code == 200


async def test_a_contact_is_withdrawn_and_again_changes_nothing(registry: Registry, machine: Person) -> None:
    await tell(registry, machine, "contacts", "C-1", CONTACT)
    for _ in range(2):
        assert (await delete(registry, machine, "contacts", "C-1")).status_code == 204
    assert len(await registry.announced("contact-withdrawn")) == 1
    assert (await registry.get("/contacts", district=CELLE)).json()["items"] == []
    assert not await known(registry, machine, "contacts", "C-1")
    assert (await tell(registry, machine, "contacts", "C-1", CONTACT)).json()["outcome"] == "created"


async def test_whoever_the_association_alone_registered_is_erased_and_stays_away_from_its_imports(
    registry: Registry, machine: Person
) -> None:
    """Art. 17(1) DSGVO."""
    await imported(registry, machine, "volunteers", ndjson([volunteer_row(1)]))
    told = await registry.last("volunteer-imported")
    assert (await delete(registry, machine, "volunteers", "P-000001")).status_code == 204
    assert (await registry.last("volunteer-erased"))["volunteer_id"] == told["volunteer_id"]
    done = await imported(registry, machine, "volunteers", ndjson([volunteer_row(1) | {"name": "Demo Neu"}]))
    assert (done["suppressed"], done["created"]) == (1, 0)
    other_spelling = volunteer_row(1) | {"external_id": "p-\uff10 00001"}
    done = await imported(registry, machine, "volunteers", ndjson([other_spelling]))
    assert (done["suppressed"], done["created"]) == (1, 0)


async def test_an_erasure_whose_hash_is_from_before_holds_and_a_living_link_in_other_case_is_somebody_else(
    registry: Registry, machine: Person
) -> None:
    """Art. 17 DSGVO, for hashes that an earlier release wrote, and for source systems whose ids differ in case only."""
    await imported(registry, machine, "volunteers", ndjson([volunteer_row(1), volunteer_row(2)]))
    renamed = "UPDATE external_ids SET external_id = 'p-000001' WHERE external_id = 'P-000002'"
    await registry.value(renamed)
    await registry.value("UPDATE external_ids SET spelling_digest = NULL WHERE external_id = 'P-000001'")
    assert (await delete(registry, machine, "volunteers", "P-000001")).status_code == 204
    rows = [volunteer_row(1), volunteer_row(2) | {"external_id": "p-000001", "name": "Demo Neu"}]
    done = await imported(registry, machine, "volunteers", ndjson(rows))
    assert (done["suppressed"], done["updated"]) == (1, 1)


async def test_a_machine_is_answered_again_what_it_ended(registry: Registry, machine: Person) -> None:
    await tell(registry, machine, "contacts", "C-1", CONTACT)
    sent: dict[str, Any] = {
        "json": {"external_ids": ["C-1"]},
        "headers": {**machine.headers, "Idempotency-Key": "deletions-of-today"},
    }
    path = "/exchange/crm/contacts/deletions"
    first, again = [await registry.client.post(path, **sent) for _ in range(2)]
    assert (first.status_code, first.json()[0]["outcome"]) == (200, "deleted")
    assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")


async def test_of_whoever_took_their_profile_over_only_the_link_ends(registry: Registry, machine: Person) -> None:
    await imported(registry, machine, "volunteers", ndjson([volunteer_row(1)]))
    told = await registry.last("volunteer-imported")
    token = registry.link("link-answer", told["volunteer_id"], told["link_id"])
    await registry.post("/volunteers/links/answer", None, {"token": token, "answer": "agree"})
    assert (await delete(registry, machine, "volunteers", "P-000001")).status_code == 204
    assert await registry.value("SELECT count(*) FROM volunteers") == 1
    assert await registry.announced("volunteer-erased") == []
    assert not await known(registry, machine, "volunteers", "P-000001")


async def test_a_members_role_is_taken_and_an_invitation_taken_back(
    registry: Registry, at: Association, machine: Person
) -> None:
    await tell(registry, machine, "members", "M-1", MEMBER)
    person = registry.staff("imported")
    assert (await registry.redeem(person)).status_code == 200
    await tell(registry, machine, "members", "M-2", MEMBER | {"mail": "zweites@example.org"})
    waiting = await registry.invitation_link()
    for external_id in ("M-1", "M-2"):
        assert (await delete(registry, machine, "members", external_id)).status_code == 204
    assert await registry.announced("member-withdrawn")
    assert (await registry.get(f"{at.path}/members", at.admin, role="coordinator")).json()["items"] == []
    assert (await registry.redeem(registry.staff("late"), waiting)).status_code >= 400


async def test_many_at_once_each_with_a_result_and_an_organisation_ends_by_people(
    registry: Registry, machine: Person
) -> None:
    for number in range(3):
        await tell(registry, machine, "contacts", f"C-{number}", CONTACT)
    path = "/exchange/crm/contacts/deletions"
    answer = await registry.post(path, machine, {"external_ids": ["C-0", "C-9", "C-2", "C-0"]})
    assert answer.status_code == 200, answer.text
    assert [(each["external_id"], each["outcome"]) for each in answer.json()] == [
        ("C-0", "deleted"),
        ("C-9", "unknown"),
        ("C-2", "deleted"),
    ]
    branch = {"name": "Ortsverein (Demo)", "kind": "initiative", "districts": [CELLE]}
    await tell(registry, machine, "organisations", "O-1", branch)
    (refused,) = (
        await registry.post("/exchange/crm/organisations/deletions", machine, {"external_ids": ["O-1"]})
    ).json()
    assert (refused["outcome"], refused["code"]) == ("refused", "organisation-ends-by-people")
    assert "Landesverwaltung" in refused["detail_de"]
    single = await delete(registry, machine, "organisations", "O-1")
    assert (single.status_code, single.json()["code"]) == (409, "organisation-ends-by-people")


async def test_links_of_many_volunteers_end_together(
    registry: Registry, machine: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many statements for three as for one: only an erasure is each its own."""
    await imported(registry, machine, "volunteers", ndjson([volunteer_row(number) for number in range(5)]))
    await registry.value("UPDATE external_ids SET confirmed_at = now() WHERE external_id <> 'P-000004'")
    asked: list[str] = []
    execute = vars(asyncpg.Connection)["_do_execute"]

    async def counted(connection: Any, query: Any, *told: Any, **more: Any) -> Any:
        asked.append(str(query))
        return await execute(connection, query, *told, **more)

    monkeypatch.setattr(asyncpg.Connection, "_do_execute", counted)
    path = "/exchange/crm/volunteers/deletions"
    statements = []
    for numbers in ((0,), (1, 2, 3)):
        asked.clear()
        done = await registry.post(path, machine, {"external_ids": [f"P-{number:06}" for number in numbers]})
        assert {each["outcome"] for each in done.json()} == {"deleted"}
        statements.append(Counter(each for each in asked if "typeinfo" not in each))
    assert statements[0] == statements[1]
    (erased,) = (await registry.post(path, machine, {"external_ids": ["P-000004"]})).json()
    assert erased["outcome"] == "deleted"
    assert len(await registry.announced("volunteer-erased")) == 1
    assert await registry.value("SELECT count(*) FROM volunteers") == 4
    assert await registry.value("SELECT count(*) FROM external_ids WHERE kind = 'volunteers'") == 0


async def test_the_feed_of_changes_tells_that_it_ended(registry: Registry, machine: Person) -> None:
    await tell(registry, machine, "contacts", "C-1", CONTACT)
    await delete(registry, machine, "contacts", "C-1")
    await registry.let_timer_run("number-changes")
    told = (await registry.get("/changes", machine)).json()["changes"]
    assert (told[-1]["kind"], told[-1]["change"]) == ("contacts", "ended")


async def test_a_contacts_substitute_is_told_by_its_id(registry: Registry, machine: Person) -> None:
    early = await tell(registry, machine, "contacts", "C-1", CONTACT | {"substitute": "C-2"})
    assert (early.status_code, early.json()["code"]) == (422, "substitute-not-told")
    await tell(registry, machine, "contacts", "C-2", CONTACT | {"name": "Demo Vertretung"})
    assert (await tell(registry, machine, "contacts", "C-1", CONTACT | {"substitute": "C-2"})).status_code == 200
    told = await registry.announced("contact-registered")
    first, second = [(each.data or {}) for each in told]
    stands_in = "SELECT substitute_id FROM contacts WHERE contact_id = $1"
    assert str(await registry.value(stands_in, second["contact_id"])) == first["contact_id"]


async def test_under_16_the_report_names_the_way(registry: Registry, machine: Person) -> None:
    """Art. 8 DSGVO: no file proves a guardian's consent."""
    born = registry.clock.today().replace(year=registry.clock.today().year - 15).isoformat()
    row = {name: value for name, value in volunteer_row(1).items() if name != "external_id"}
    answer = await tell(registry, machine, "volunteers", "P-1", row | {"birth_date": born})
    assert (answer.status_code, answer.json()["code"]) == (422, "guardian-consent-needed")
    assert "guardian-consent" in answer.json()["detail"]
