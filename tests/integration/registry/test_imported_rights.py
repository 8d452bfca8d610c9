"""What associations tell must not lift: a profile that is a person's own, their objection, a restriction."""

from typing import Any
from uuid import UUID

import httpx

from tests.integration.registry.exchange import association, volunteer_row
from tests.integration.registry.platform import Person, Registry
from tests.integration.registry.test_duplicates import undo
from tests.integration.registry.test_person_requests import officer


async def tell(registry: Registry, machine: Person, kind: str, external_id: str, row: dict[str, Any]) -> httpx.Response:
    told = {name: value for name, value in row.items() if name != "external_id"}
    return await registry.send("PUT", f"/exchange/crm/{kind}/{external_id}", machine, told)


async def delete(registry: Registry, machine: Person, kind: str, external_id: str) -> httpx.Response:
    return await registry.send("DELETE", f"/exchange/crm/{kind}/{external_id}", machine)


async def merged(registry: Registry, machine: Person) -> tuple[Person, Person, dict[str, Any], dict[str, Any]]:
    """Somebody who registered themself, into whom the registration by an import was merged; officer, mail and merge."""
    by = await officer(registry)
    person, _ = await registry.volunteer(name="Anna Schmidt", mail="anna@example.org")
    await tell(registry, machine, "volunteers", "P-1", volunteer_row(1) | {"name": "Anna Schmidt"})
    told = await registry.last("volunteer-imported")
    said = {"first_id": str(person.subject_id), "second_id": told["volunteer_id"]}
    pair = (await registry.post("/duplicates", by, said)).json()
    path = f"/duplicates/{pair['duplicate_id']}/merge"
    done = await registry.post(path, by, {"survivor_id": str(person.subject_id)}, version=pair["version"])
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
