"""Associations' own systems become members by a code, are seen, and are withdrawn like anybody."""

from datetime import timedelta

import pytest

from tests.integration.registry.exchange import association
from tests.integration.registry.platform import Registry


async def test_a_machine_is_bound_by_the_code_that_its_organisation_hands_over(registry: Registry) -> None:
    at = await association(registry)
    added = await at.add_machine("crm_celle")
    assert (added["status"], added["subject_id"]) == ("waiting", None)
    machine = registry.staff("service-account-crm")
    assert (await registry.get("/me", machine)).json()["roles"] == []
    bound = await registry.post("/machines/binding", machine, {"code": await at.code(added)})
    assert bound.status_code == 200, bound.text
    (role,) = (await registry.get("/me", machine)).json()["roles"]
    assert (role["role"], role["organisation_id"]) == ("integration", at.organisation_id)
    told = await registry.last("member-registered")
    assert (told["subject"], told["memberships"][0]["role"]) == ("service-account-crm", "integration")
    (listed,) = (await registry.get(f"{at.path}/machines", at.admin)).json()["items"]
    assert (listed["status"], listed["subject_id"]) == ("bound", bound.json()["subject_id"])


async def test_a_code_counts_once_only_its_last_and_seven_days(registry: Registry) -> None:
    at = await association(registry)
    added = await at.add_machine("crm_celle")
    first, second = await at.code(added), await at.code(added)
    assert await refused(registry, "one", first) == "code-invalid"
    registry.clock.advance(timedelta(days=7, seconds=1))
    assert await refused(registry, "one", second) == "code-invalid"
    third = await at.code(added)
    assert await refused(registry, "one", third) is None
    assert await refused(registry, "two", third) == "code-invalid"
    again = await registry.post(f"{at.path}/machines/{added['machine_id']}/code", at.admin)
    assert again.json()["code"] == "machine-bound-already"


async def test_the_code_is_not_kept_and_a_repeated_request_makes_another(registry: Registry) -> None:
    at = await association(registry)
    added = await at.add_machine("crm_celle")
    path = f"{at.path}/machines/{added['machine_id']}/code"
    first = (await registry.post(path, at.admin, key="same-key-1")).json()["code"]
    second = (await registry.post(path, at.admin, key="same-key-1")).json()["code"]
    assert first != second
    assert await registry.value("SELECT count(*) FROM idempotency_keys WHERE secret AND body IS NULL") == 1
    assert await registry.value("SELECT count(*) FROM idempotency_keys WHERE key = 'same-key-1'") == 0
    assert await refused(registry, "one", first) == "code-invalid"
    assert await refused(registry, "one", second) is None


async def refused(registry: Registry, subject: str, code: str) -> str | None:
    answer = await registry.post("/machines/binding", registry.staff(subject), {"code": code})
    return None if answer.status_code == 200 else str(answer.json()["code"])


async def test_a_person_is_no_machine_and_a_machine_works_for_one_organisation(registry: Registry) -> None:
    at = await association(registry)
    code = await at.code(await at.add_machine("crm_celle"))
    person = await registry.post("/machines/binding", at.admin, {"code": code})
    assert person.json()["code"] == "identity-in-use"
    assert await refused(registry, "machine", code) is None
    second = await at.code(await at.add_machine("crm_celle"))
    assert await refused(registry, "machine", second) == "identity-in-use"


async def test_a_source_system_belongs_to_the_organisation_that_named_it_first(registry: Registry) -> None:
    one, other = await association(registry), await association(registry, "other")
    await one.add_machine("crm")
    await one.add_machine("crm")
    taken = await other.machines_post({"name": "Demo-CRM", "source": "crm"})
    assert (taken.status_code, taken.json()["code"]) == (409, "source-taken")


async def test_only_the_admin_of_a_verified_organisation_adds_machines(registry: Registry) -> None:
    at, other = await association(registry), await association(registry, "other")
    told = {"name": "Demo-CRM", "source": "crm"}
    assert (await registry.post(f"{at.path}/machines", other.admin, told)).status_code == 404
    assert (await registry.post(f"{at.path}/machines", registry.staff("nobody"), told)).status_code == 403
    assert (await registry.post(f"{at.path}/machines", None, told)).status_code == 401
    new = await registry.organisation(registry.staff("new"))
    answer = await registry.post(f"/organisations/{new['organisation_id']}/machines", registry.staff("new"), told)
    assert answer.json()["code"] == "organisation-not-verified"


@pytest.mark.parametrize("by_membership", [True, False])
async def test_a_withdrawn_machine_is_nobody_at_once(registry: Registry, by_membership: bool) -> None:
    at = await association(registry)
    machine = await at.machine("crm_celle")
    if by_membership:
        path = f"/members/{machine.subject_id}/memberships/{at.organisation_id}/integration"
        assert (await registry.send("DELETE", path, at.admin, version=1)).status_code == 200
        (listed,) = (await registry.get(f"{at.path}/machines", at.admin)).json()["items"]
        assert listed["status"] == "withdrawn"
    else:
        (listed,) = (await registry.get(f"{at.path}/machines", at.admin)).json()["items"]
        answer = await registry.send("DELETE", f"{at.path}/machines/{listed['machine_id']}", at.admin)
        assert answer.status_code == 204
        assert (await registry.get(f"{at.path}/machines", at.admin)).json()["items"] == []
    assert (await registry.get("/me", machine)).json()["roles"] == []
    assert (await registry.last("member-withdrawn"))["subject_id"] == str(machine.subject_id)
    code = await at.code(await at.add_machine("crm_celle"))
    assert await refused(registry, "machine-of-crm_celle", code) is None


async def test_machines_are_a_list_like_all_others(registry: Registry) -> None:
    at = await association(registry)
    for source in ("crm_one", "crm_two"):
        await at.add_machine(source)
    path = f"{at.path}/machines"
    found = (await registry.get(path, at.admin, source="crm_two")).json()["items"]
    assert [each["source"] for each in found] == ["crm_two"]
    latest = (await registry.get(path, at.admin, sort="-added_at", limit=1)).json()
    assert [each["source"] for each in latest["items"]] == ["crm_two"] and latest["next"]
    assert "crm_one" in (await registry.get(path, at.admin, format="csv")).text
