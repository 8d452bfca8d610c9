"""What associations tell must not lift: a profile that is a person's own, their objection, a restriction."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.integration.registry.exchange import association, volunteer_row
from tests.integration.registry.platform import CELLE, Person, Registry
from tests.integration.registry.test_duplicates import undo
from tests.integration.registry.test_person_requests import ask, officer

MEMBER = {"name": "Demo M", "mail": "m@example.org", "role": "coordinator", "districts": [CELLE]}


async def tell(registry: Registry, machine: Person, kind: str, external_id: str, row: dict[str, Any]) -> httpx.Response:
    told = {name: value for name, value in row.items() if name != "external_id"}
    return await registry.send("PUT", f"/exchange/crm/{kind}/{external_id}", machine, told)


async def delete(registry: Registry, machine: Person, kind: str, external_id: str) -> httpx.Response:
    return await registry.send("DELETE", f"/exchange/crm/{kind}/{external_id}", machine)


async def merged(
    registry: Registry, machine: Person, *, into_import: bool = False
) -> tuple[Person, Person, dict[str, Any], dict[str, Any]]:
    """Somebody who registered themself and an import's registration made one; the person, officer, mail and merge.

    `into_import`: the import's registration is the survivor, otherwise the person's own.
    """
    by = await officer(registry)
    person, _ = await registry.volunteer(name="Anna Schmidt", mail="anna@example.org")
    await tell(registry, machine, "volunteers", "P-1", volunteer_row(1) | {"name": "Anna Schmidt"})
    told = await registry.last("volunteer-imported")
    said = {"first_id": str(person.subject_id), "second_id": told["volunteer_id"]}
    pair = (await registry.post("/duplicates", by, said)).json()
    path = f"/duplicates/{pair['duplicate_id']}/merge"
    survivor = said["second_id" if into_import else "first_id"]
    done = await registry.post(path, by, {"survivor_id": survivor}, version=pair["version"])
    assert done.status_code in (200, 201), done.text
    return person, by, told, done.json()


async def is_there(registry: Registry, volunteer_id: Any) -> bool:
    return bool(await registry.value("SELECT count(*) FROM volunteers WHERE volunteer_id = $1", volunteer_id))


async def test_the_link_of_a_merged_import_asks_the_survivor_until_the_merge_is_undone(registry: Registry) -> None:
    machine = await (await association(registry)).machine("crm")
    _, by, told, done = await merged(registry, machine)
    flag = "SELECT by_import FROM external_ids WHERE link_id = $1"
    assert await registry.value(flag, UUID(told["link_id"])) is False
    await undo(registry, by, done)
    assert await registry.value(flag, UUID(told["link_id"])) is True


async def test_after_a_merge_no_import_writes_into_a_persons_own_profile_or_ends_it(registry: Registry) -> None:
    machine = await (await association(registry)).machine("crm")
    person, _, told, _ = await merged(registry, machine)
    # As merges left it once: the fact is the volunteer's, not the link's.
    await registry.value("UPDATE external_ids SET by_import = true WHERE link_id = $1", UUID(told["link_id"]))
    row = volunteer_row(1) | {"name": "Other", "mail": "other@example.org"}
    assert (await tell(registry, machine, "volunteers", "P-1", row)).status_code == 200
    mail = "SELECT mail FROM volunteer_contacts WHERE volunteer_id = $1"
    assert await registry.value(mail, person.subject_id) == "anna@example.org"
    assert (await delete(registry, machine, "volunteers", "P-1")).status_code == 204
    assert await is_there(registry, person.subject_id)
    assert await registry.announced("volunteer-erased") == []


async def test_told_again_after_its_end_nobody_learns_who_was_here_before(registry: Registry) -> None:
    machine = await (await association(registry)).machine("crm")
    person, _ = await registry.volunteer(mail="demo.1@example.org")
    seen = []
    for number in (1, 2):
        row = volunteer_row(number)
        told = [await tell(registry, machine, "volunteers", row["external_id"], row)]
        ended = await delete(registry, machine, "volunteers", row["external_id"])
        told.append(await tell(registry, machine, "volunteers", row["external_id"], row))
        seen.append([ended.status_code, *(each.json()["outcome"] for each in told)])
    assert seen[0] == seen[1] == [204, "created", "suppressed"]
    assert await is_there(registry, person.subject_id)


async def test_restricted_staff_are_not_erased_by_an_association(registry: Registry) -> None:
    """Art. 18(2) DSGVO."""
    machine = await (await association(registry)).machine("crm")
    await tell(registry, machine, "members", "M-1", MEMBER)
    member = registry.staff("imported")
    await registry.redeem(member)
    await ask(registry, member, "restriction", ground="accuracy_contested")
    single = await delete(registry, machine, "members", "M-1")
    assert (single.status_code, single.json()["code"]) == (409, "processing-restricted")
    (one,) = (await registry.post("/exchange/crm/members/deletions", machine, {"external_ids": ["M-1"]})).json()
    assert (one["outcome"], one["code"]) == ("refused", "processing-restricted")
    assert await registry.announced("member-withdrawn") == []


async def test_after_a_merge_the_mail_of_the_import_still_ends_the_link_and_nothing_else(registry: Registry) -> None:
    """Art. 21 DSGVO."""
    machine = await (await association(registry)).machine("crm")
    person, _, told, _ = await merged(registry, machine)
    token = registry.link("link-answer", told["volunteer_id"], told["link_id"])
    objected = await registry.post("/volunteers/links/answer", None, {"token": token, "answer": "object"})
    assert objected.status_code < 300, objected.text
    assert await is_there(registry, person.subject_id)
    again = await tell(registry, machine, "volunteers", "P-1", volunteer_row(1))
    assert again.json()["outcome"] == "suppressed"


async def test_no_import_writes_over_restricted_staff_or_publishes_them(registry: Registry) -> None:
    """Art. 18(2) DSGVO; told again after its end the row is taken."""
    machine = await (await association(registry)).machine("crm")
    await tell(registry, machine, "members", "M-1", MEMBER)
    contact = {"district": CELLE, "topic": "housing", "name": "Demo Ansprechperson", "member": "M-1"}
    await tell(registry, machine, "contacts", "C-1", contact)
    member = registry.staff("imported")
    await registry.redeem(member)
    await tell(registry, machine, "contacts", "C-1", contact)
    await ask(registry, member, "restriction", ground="accuracy_contested")
    before = len(await registry.announced("member-contact-updated"))
    rows: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("members", "M-1", MEMBER | {"name": "Other", "mail": "other@example.org"}),
        ("contacts", "C-1", contact | {"name": "Other"}),
        ("contacts", "C-2", contact),
    )
    for kind, external_id, row in rows:
        answer = await tell(registry, machine, kind, external_id, row)
        assert (answer.status_code, answer.json()["code"]) == (422, "processing-restricted")
    assert len(await registry.announced("member-contact-updated")) == before
    await registry.value("DELETE FROM restrictions")
    assert (await tell(registry, machine, *rows[0])).json()["outcome"] == "updated"


async def test_no_machine_takes_one_of_several_roles_or_the_contact_of_restricted_staff(registry: Registry) -> None:
    """Art. 18(2) DSGVO."""
    house = await association(registry)
    machine = await house.machine("crm")
    await tell(registry, machine, "members", "M-1", MEMBER)
    contact = {"district": CELLE, "topic": "housing", "name": "Demo Ansprechperson", "member": "M-1"}
    member = registry.staff("imported")
    await registry.redeem(member)
    assert (await tell(registry, machine, "contacts", "C-1", contact)).status_code == 200
    subject = "SELECT subject_id FROM members WHERE subject = 'imported'"
    other = await registry.organisation(registry.staff("elsewhere"), verified_by=await registry.state_admin())
    role = {"organisation_id": other["organisation_id"], "role": "trainer", "districts": [CELLE]}
    await registry.value(
        "UPDATE members SET memberships = memberships || $1 WHERE subject_id = (" + subject + ")", [role]
    )
    await ask(registry, member, "restriction", ground="accuracy_contested")
    for kind, external_id in (("members", "M-1"), ("contacts", "C-1")):
        ended = await delete(registry, machine, kind, external_id)
        assert (ended.status_code, ended.json()["code"]) == (409, "processing-restricted")


async def test_an_imported_survivor_of_a_merge_with_somebody_who_registered_is_their_own(registry: Registry) -> None:
    """Whichever of the two goes on: no import writes into the profile, and none ends it (Art. 17, 21 DSGVO)."""
    machine = await (await association(registry)).machine("crm")
    _, _, told, _ = await merged(registry, machine, into_import=True)
    before = await registry.value("SELECT mail FROM volunteer_contacts")
    await tell(registry, machine, "volunteers", "P-1", volunteer_row(1) | {"mail": "other@example.org"})
    assert await registry.value("SELECT mail FROM volunteer_contacts") == before
    assert (await delete(registry, machine, "volunteers", "P-1")).status_code == 204
    assert await is_there(registry, UUID(told["volunteer_id"]))
    assert await registry.announced("volunteer-erased") == []


async def test_the_feed_names_no_restricted_staff(registry: Registry) -> None:
    """Art. 18(2) DSGVO."""
    machine = await (await association(registry)).machine("crm")
    await tell(registry, machine, "members", "M-1", MEMBER)
    member = registry.staff("imported")
    await registry.redeem(member)
    contact = {"district": CELLE, "topic": "housing", "name": "Hidden", "mail": "hidden@example.org", "member": "M-1"}
    assert (await tell(registry, machine, "contacts", "C-1", contact)).status_code == 200
    await ask(registry, member, "restriction", ground="accuracy_contested")
    await registry.let_timer_run("number-changes")
    seen = await registry.get("/changes", machine)
    state = next(each["state"] for each in seen.json()["changes"] if each["kind"] == "contacts")
    assert (state["topic"], state["name"], state["mail"], state["phone"]) == ("housing", "", None, None)


async def test_a_source_tells_only_words_of_the_vocabularies(registry: Registry) -> None:
    machine = await (await association(registry)).machine("crm")
    for name in ("skills", "wishes"):
        answer = await tell(registry, machine, "volunteers", "P-1", volunteer_row(1) | {name: ["demo_mensch_0176"]})
        assert (answer.status_code, answer.json()["code"]) == (422, "term-unknown")
    assert await registry.announced("volunteer-registered") == []


async def test_a_member_whose_address_is_corrected_is_not_invited_by_the_first_mail(registry: Registry) -> None:
    machine = await (await association(registry)).machine("crm")
    await tell(registry, machine, "members", "M-1", MEMBER)
    first = await registry.last("invitation-requested")
    told = await tell(registry, machine, "members", "M-1", MEMBER | {"mail": "right@example.org"})
    assert told.status_code == 200, told.text
    token = registry.link("invitation", first["subject_id"], first["invitation_id"])
    stranger = await registry.post("/invitations/redemption", registry.staff("stranger"), {"token": token})
    assert (stranger.status_code, stranger.json()["code"]) == (422, "link-expired")
    await registry.redeem(registry.staff("imported"))


@pytest.mark.parametrize("erased_first", [True, False])
async def test_an_undone_merge_lets_nobody_back_whose_id_is_another_spelling(
    registry: Registry, erased_first: bool
) -> None:
    """Art. 17 DSGVO."""
    machine = await (await association(registry)).machine("crm")
    by = await officer(registry)
    ids = {}
    for number, external_id in enumerate(("P-1", "X-1", "x-1")):
        assert (await tell(registry, machine, "volunteers", external_id, volunteer_row(number))).status_code == 200
        ids[external_id] = (await registry.last("volunteer-imported"))["volunteer_id"]
    if erased_first:
        await delete(registry, machine, "volunteers", "x-1")
    pair = await registry.post("/duplicates", by, {"first_id": ids["P-1"], "second_id": ids["X-1"]})
    path = f"/duplicates/{pair.json()['duplicate_id']}/merge"
    done = await registry.post(path, by, {"survivor_id": ids["P-1"]}, version=pair.json()["version"])
    assert done.status_code < 300, done.text
    if not erased_first:
        await delete(registry, machine, "volunteers", "x-1")
    await undo(registry, by, done.json())
    outcomes = [
        (await tell(registry, machine, "volunteers", external_id, volunteer_row(1))).json()["outcome"]
        for external_id in ("X-1", "x-1", "\uff38-1")
    ]
    assert outcomes == ["unchanged", "suppressed", "suppressed"]
