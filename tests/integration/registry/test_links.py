"""Volunteers answer to associations that told of them."""

import httpx
import pytest

from tests.integration.registry.exchange import Association, association, imported, ndjson, volunteer_row
from tests.integration.registry.platform import Person, Registry


@pytest.fixture
async def at(registry: Registry) -> Association:
    return await association(registry)


@pytest.fixture
async def machine(at: Association) -> Person:
    return await at.machine("crm")


async def answered(registry: Registry, token: str, answer: str) -> httpx.Response:
    return await registry.post("/volunteers/links/answer", None, {"token": token, "answer": answer})


async def test_one_link_undoes_the_registration_for_good(registry: Registry, machine: Person) -> None:
    """Art. 14, 17, 21 DSGVO: whoever was told of by an association is told so, and may object."""
    await imported(registry, machine, "volunteers", ndjson([volunteer_row(1)]))
    told = await registry.last("volunteer-imported")
    token = registry.link("link-answer", told["volunteer_id"], told["link_id"])
    answer = await answered(registry, token, "object")
    assert answer.status_code == 204, answer.text
    assert await registry.value("SELECT count(*) FROM volunteers") == 0
    assert (await registry.last("volunteer-erased"))["volunteer_id"] == told["volunteer_id"]
    done = await imported(registry, machine, "volunteers", ndjson([volunteer_row(1) | {"name": "Demo Neu"}]))
    assert (done["suppressed"], done["created"]) == (1, 0)
    assert (await answered(registry, token, "object")).status_code == 409


async def test_a_link_for_something_else_does_nothing(registry: Registry, machine: Person) -> None:
    await imported(registry, machine, "volunteers", ndjson([volunteer_row(1), volunteer_row(2)]))
    first, second = [e.data for e in await registry.announced("volunteer-imported") if e.data]
    for token in (
        registry.link("sign-in", first["volunteer_id"], first["link_id"]),
        registry.link("link-answer", first["volunteer_id"], second["link_id"]),
        registry.link("link-answer", first["volunteer_id"]),
    ):
        answer = await answered(registry, token, "object")
        assert answer.status_code == 422, answer.text
    assert await registry.value("SELECT count(*) FROM volunteers") == 2


async def test_whoever_signs_in_takes_the_profile_over_and_proves_the_address(
    registry: Registry, machine: Person
) -> None:
    await imported(registry, machine, "volunteers", ndjson([volunteer_row(1)]))
    volunteer_id = (await registry.last("volunteer-imported"))["volunteer_id"]
    await registry.post("/sign-in", None, {"mail": volunteer_row(1)["mail"]})
    asked = await registry.last("sign-in-requested")
    assert asked["volunteer_id"] == volunteer_id
    token = registry.link("sign-in", volunteer_id, asked["sign_in_id"])
    answer = await registry.post("/sign-in/redemption", None, {"token": token})
    assert answer.status_code == 200, answer.text
    assert await registry.value("SELECT claimed FROM volunteer_contacts")
    person = Person(answer.json()["access_token"], asked["volunteer_id"])
    (link,) = (await registry.get("/volunteers/me/links", person)).json()["items"]
    assert link["confirmed_at"] is not None
    assert (link["organisation"], link["channel"], link["reference"]) == (
        "Demo-Verband association",
        "paper",
        "Ordner 0, Blatt 1",
    )
    done = await imported(registry, machine, "volunteers", ndjson([volunteer_row(1) | {"reach_km": 99}]))
    assert (done["unchanged"], done["updated"]) == (1, 0)
    # Later on the objection ends the exchange and nothing else.
    gone = await registry.send("DELETE", f"/volunteers/me/links/{link['link_id']}", person)
    assert gone.status_code == 204
    assert (await registry.get("/volunteers/me/links", person)).json()["items"] == []
    assert (await registry.get("/volunteers/me", person)).status_code == 200
    done = await imported(registry, machine, "volunteers", ndjson([volunteer_row(1)]))
    assert done["suppressed"] == 1


async def test_a_volunteer_who_was_here_agrees_or_objects_by_the_mail(registry: Registry, machine: Person) -> None:
    person, _ = await registry.volunteer(mail="known@example.org")
    rows = [volunteer_row(1) | {"mail": "known@example.org"}]
    await imported(registry, machine, "volunteers", ndjson(rows))
    asked = await registry.last("volunteer-imported")
    agree = registry.link("link-answer", asked["volunteer_id"], asked["link_id"])
    assert (await answered(registry, agree, "agree")).status_code == 204
    (link,) = (await registry.get("/volunteers/me/links", person)).json()["items"]
    assert link["confirmed_at"] is not None
    object_ = registry.link("link-answer", asked["volunteer_id"], asked["link_id"])
    assert (await answered(registry, object_, "object")).status_code == 204
    assert (await registry.get("/volunteers/me/links", person)).json()["items"] == []
    assert (await registry.get("/volunteers/me", person)).status_code == 200


async def test_nobody_answers_for_somebody_else(registry: Registry, machine: Person) -> None:
    person, _ = await registry.volunteer(mail="known@example.org")
    other, _ = await registry.volunteer(mail="other@example.org")
    await imported(registry, machine, "volunteers", ndjson([volunteer_row(1) | {"mail": "known@example.org"}]))
    (link,) = (await registry.get("/volunteers/me/links", person)).json()["items"]
    assert (await registry.get("/volunteers/me/links", other)).json()["items"] == []
    path = f"/volunteers/me/links/{link['link_id']}"
    assert (await registry.post(f"{path}/agreement", other)).status_code == 404
    assert (await registry.send("DELETE", path, other)).status_code == 404
    assert (await registry.send("DELETE", path, machine)).status_code == 403


async def test_whoever_agrees_takes_over_what_was_told_of_them(registry: Registry, machine: Person) -> None:
    await imported(registry, machine, "volunteers", ndjson([volunteer_row(1)]))
    told = await registry.last("volunteer-imported")
    token = registry.link("link-answer", told["volunteer_id"], told["link_id"])
    page = await registry.get("/volunteers/links/answer", None, token=token, language="uk")
    assert page.status_code == 200 and page.headers["content-language"] == "uk"
    assert 'value="agree"' in page.text and 'value="object"' in page.text
    form = {"token": token, "answer": "agree", "language": "uk", "idempotency_key": "a-key-of-a-form"}
    done = await registry.client.post("/volunteers/links/answer/page", data=form)
    assert done.status_code == 200, done.text
    assert await registry.value("SELECT claimed FROM volunteer_contacts")
    assert await registry.value("SELECT confirmed_at IS NOT NULL FROM external_ids")
