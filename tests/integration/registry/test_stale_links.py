"""A mail to an address that is not, or no longer, somebody's own opens nothing."""

from datetime import timedelta

import pytest

from tests.integration.registry.exchange import association, volunteer_row
from tests.integration.registry.platform import Person, Registry
from tests.integration.registry.test_imported_rights import tell

SIXTY_DAYS = timedelta(days=60)


async def test_an_earlier_link_to_a_wrong_address_signs_nobody_in(registry: Registry) -> None:
    person, _ = await registry.volunteer(mail="demo.own@example.org")
    changes = []
    for mail in ("demo.mistyped@example.org", "demo.right@example.org"):
        assert (await registry.post(f"/volunteers/{person.subject_id}/mail", person, {"mail": mail})).status_code == 202
        changes.append((await registry.last("address-confirmation-requested"))["change_id"])
    assert person.subject_id is not None
    wrong, right = (registry.link("address", person.subject_id, change) for change in changes)
    proved = await registry.post("/volunteers/address", None, {"token": right}, key="the-right-one")
    again = await registry.post("/volunteers/address", None, {"token": right}, key="the-right-one")
    assert (proved.status_code, again.status_code) == (200, 200)
    answer = await registry.post("/volunteers/address", None, {"token": wrong})
    assert (answer.status_code, answer.json()["code"]) == (422, "link-expired")
    assert "access_token" not in answer.text


async def test_a_sign_in_link_to_a_former_address_signs_nobody_in(registry: Registry) -> None:
    person, _ = await registry.volunteer(mail="demo.former@example.org")
    lifetime = registry.settings.sign_in_lifetime
    former = registry.link("sign-in", str(person.subject_id), lifetime=lifetime)
    registry.clock.advance(timedelta(seconds=30))
    await registry.post(f"/volunteers/{person.subject_id}/mail", person, {"mail": "demo.new@example.org"})
    change = (await registry.last("address-confirmation-requested"))["change_id"]
    link = registry.link("address", str(person.subject_id), change)
    assert (await registry.post("/volunteers/address", None, {"token": link})).status_code == 200
    refused = await registry.post("/sign-in/redemption", None, {"token": former})
    assert (refused.status_code, refused.json()["code"]) == (422, "link-expired")
    registry.clock.advance(timedelta(seconds=1))
    current = registry.link("sign-in", str(person.subject_id), lifetime=lifetime)
    assert (await registry.post("/sign-in/redemption", None, {"token": current})).status_code == 200


@pytest.mark.parametrize("moves", [True, False])
async def test_a_second_confirmation_link_signs_nobody_in(registry: Registry, moves: bool) -> None:
    volunteer_id = await registry.register(mail="demo.old@example.org")
    first, second = (registry.link("confirmation", volunteer_id) for _ in range(2))
    confirmed = await registry.post("/volunteers/confirmation", None, {"token": first}, key="the-first")
    repeated = await registry.post("/volunteers/confirmation", None, {"token": first}, key="the-first")
    assert (confirmed.status_code, repeated.status_code) == (200, 200)
    if moves:
        person = Person(confirmed.json()["access_token"], volunteer_id)
        await registry.post(f"/volunteers/{volunteer_id}/mail", person, {"mail": "demo.new@example.org"})
        change = (await registry.last("address-confirmation-requested"))["change_id"]
        link = registry.link("address", volunteer_id, change)
        assert (await registry.post("/volunteers/address", None, {"token": link})).status_code == 200
    answer = await registry.post("/volunteers/confirmation", None, {"token": second})
    assert (answer.status_code, answer.json()["code"]) == (409, "link-used")


@pytest.mark.parametrize("answer", ["agree", "object"])
async def test_what_was_mailed_to_an_address_that_was_corrected_answers_nothing(
    registry: Registry, answer: str
) -> None:
    machine = await (await association(registry)).machine("crm")
    links = []
    for mail in ("demo.wrong@example.org", "demo.right@example.org"):
        assert (await tell(registry, machine, "volunteers", "P-1", volunteer_row(1) | {"mail": mail})).is_success
        told = await registry.last("volunteer-imported")
        links.append(registry.link("link-answer", told["volunteer_id"], told["link_id"], lifetime=SIXTY_DAYS))
        registry.clock.advance(timedelta(minutes=1))
    wrong, right = links
    path = "/volunteers/links/answer"
    refused = await registry.post(path, None, {"token": wrong, "answer": answer})
    assert (refused.status_code, refused.json()["code"]) == (422, "link-expired")
    assert (await registry.post(path, None, {"token": right, "answer": answer})).is_success
