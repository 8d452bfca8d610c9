"""Files of organisations, members and contacts: many at a time, each row by itself."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from services.registry.handlers import imports
from tests.integration.registry.exchange import Association, association, imported, ndjson, rows_of
from tests.integration.registry.platform import CELLE, GIFHORN, Person, Registry


def organisation(number: int, **more: Any) -> dict[str, Any]:
    return {
        "external_id": f"OV-{number}",
        "name": f"Ortsverein {number} (Demo)",
        "kind": "initiative",
        "districts": [CELLE],
        **more,
    }


def member(number: int, **more: Any) -> dict[str, Any]:
    return {
        "external_id": f"M-{number}",
        "name": f"Demo Mensch {number}",
        "mail": f"staff.{number}@example.org",
        "role": "coordinator",
        "districts": [CELLE],
        **more,
    }


def contact(number: int, **more: Any) -> dict[str, Any]:
    return {"external_id": f"K-{number}", "district": CELLE, "topic": "housing", "name": f"Demo {number}", **more}


@pytest.fixture
async def at(registry: Registry) -> Association:
    return await association(registry)


@pytest.fixture
async def machine(at: Association) -> Person:
    return await at.machine("crm")


MADE: Mapping[str, Callable[..., dict[str, Any]]] = {
    "organisations": organisation,
    "members": member,
    "contacts": contact,
}
BAD: Mapping[str, Mapping[int, tuple[dict[str, Any], tuple[str, str]]]] = {
    "organisations": {
        3: ({"districts": ["99999"]}, ("#/districts", "district-unknown")),
        5: ({"kind": "municipality"}, ("#/kind", "kind-not-by-import")),
    },
    "members": {
        3: ({"role": "state_admin"}, ("#/role", "role-not-by-import")),
        5: ({"organisation": "nobody"}, ("#/organisation", "organisation-not-found")),
        7: ({"districts": [GIFHORN]}, ("#/district", "district-not-of-organisation")),
    },
    "contacts": {
        2: ({"district": GIFHORN}, ("#/district", "district-not-of-organisation")),
        3: ({"topic": "weather"}, ("#/topic", "topic-unknown")),
        5: ({"member": "nobody"}, ("#/member", "no-member-of-organisation")),
        7: ({"organisation": "nobody"}, ("#/organisation", "organisation-not-found")),
        9: ({"postal_code": "00000"}, ("#/postal_code", "postal-code-unknown")),
    },
}
EVENTS = {"organisations": 1, "members": 2, "contacts": 1}
"""Of each row that is new: an organisation; how somebody is reached and their invitation; a contact."""
CORRECTED: Mapping[str, tuple[str, dict[str, Any]]] = {
    "organisations": ("organisation-updated", {"name": "Anders (Demo)"}),
    "members": ("member-contact-updated", {"name": "Anders (Demo)"}),
    "contacts": ("contact-updated", {"languages": ["uk"]}),
}
"""By what event it is told, and how it is corrected."""


@pytest.mark.parametrize("kind", MADE)
async def test_a_bad_row_does_not_stop_the_others_and_the_same_again_changes_nothing(
    registry: Registry, machine: Person, kind: str
) -> None:
    bad = BAD[kind]
    rows = [MADE[kind](number, **(bad[number][0] if number in bad else {})) for number in range(12)]
    before = await registry.value("SELECT count(*) FROM outbox")
    done = await imported(registry, machine, kind, ndjson(rows))
    assert (done["status"], done["created"], done["refused"]) == ("completed", 12 - len(bad), len(bad))
    assert await registry.value("SELECT count(*) FROM outbox") - before == EVENTS[kind] * (12 - len(bad))
    refused = await rows_of(registry, machine, done, outcome="refused")
    assert {row["row"] - 1: (row["faults"][0]["pointer"], row["faults"][0]["code"]) for row in refused} == {
        number: fault for number, (_, fault) in bad.items()
    }

    again = await imported(registry, machine, kind, ndjson(rows))
    assert (again["unchanged"], again["refused"]) == (12 - len(bad), len(bad))
    assert await registry.value("SELECT count(*) FROM outbox") - before == EVENTS[kind] * (12 - len(bad))

    event, change = CORRECTED[kind]
    corrected = await imported(registry, machine, kind, ndjson([row | change for row in rows]))
    assert (corrected["updated"], corrected["refused"]) == (12 - len(bad), len(bad))
    told = [each.data for each in await registry.announced(event) if each.data is not None]
    assert sum(change.items() <= data.items() for data in told) == 12 - len(bad)


@pytest.mark.parametrize("kind", MADE)
async def test_what_is_tried_out_leaves_nothing(registry: Registry, machine: Person, kind: str) -> None:
    before = await registry.value("SELECT count(*) FROM outbox")
    done = await imported(registry, machine, kind, ndjson(MADE[kind](number) for number in range(3)), dry_run="true")
    assert done["created"] == 3
    assert await registry.value("SELECT count(*) FROM outbox") == before
    assert await registry.value("SELECT count(*) FROM external_ids") == 0


async def test_of_many_members_each_gets_what_their_row_says(
    registry: Registry, at: Association, machine: Person
) -> None:
    """One is bound and gets another district taken away, one is told by another mail, one under another role."""
    kept = [member(number, districts=[]) for number in range(4)]
    await imported(registry, machine, "members", ndjson(kept[:1]))
    bound = registry.staff("worker")
    assert (await registry.redeem(bound)).status_code == 200
    await imported(registry, machine, "members", ndjson(kept[1:]))
    told = [
        kept[0] | {"name": "Demo Neu"},
        kept[1] | {"mail": "elsewhere@example.org"},
        kept[2] | {"role": "trainer"},
        kept[3] | {"name": "Demo Neu"},
    ]
    done = await imported(registry, machine, "members", ndjson(told))
    assert (done["updated"], done["refused"]) == (3, 1)
    (refused,) = await rows_of(registry, machine, done, outcome="refused")
    assert (refused["row"], refused["faults"][0]["code"]) == (3, "role-held-already")
    assert len(await registry.announced("invitation-requested")) == 5
    names = "SELECT count(*) FROM member_contacts WHERE name = 'Demo Neu'"
    assert await registry.value(names) == 2


async def test_substitutes_may_stand_anywhere_in_a_file_and_a_dry_run_answers_alike(
    registry: Registry, machine: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the portions: earlier, later, of each other, in a chain, refused before or after, told twice."""
    monkeypatch.setattr(imports, "STEP", 3)
    stands_in = {0: 11, 11: 0, 1: 10, 10: 5, 5: 4, 9: 2, 3: 8, 7: 12, 6: 99, 13: 12, 14: 1}
    rows = [contact(n, **({"substitute": f"K-{stands_in[n]}"} if n in stands_in else {})) for n in range(15)]
    rows[8] |= {"topic": "weather"}
    rows[12] |= {"district": 7}
    rows += [contact(2, name="Demo twice"), contact(12, name="Demo mended further down")]
    told = {
        3: "not-here",
        6: "not-told",
        7: "not-here",
        8: "topic-unknown",
        12: "wrong-type",
        13: "not-here",
        15: "twice",
        16: "twice",
    }
    reports = []
    for dry_run in ("true", "false"):
        done = await imported(registry, machine, "contacts", ndjson(rows), dry_run=dry_run)
        assert (done["status"], done["created"], done["refused"], done["done"]) == ("completed", 9, 8, 17)
        reports.append(await rows_of(registry, machine, done))
        assert await registry.value("SELECT count(*) FROM import_lines") == 0
    assert reports[0] == reports[1]
    refused = {row["row"] - 1: row["faults"][0]["code"] for row in reports[1] if row["faults"]}
    assert refused.keys() == told.keys()
    assert all(code.endswith(told[number]) for number, code in refused.items()), refused
    assert await registry.value("SELECT count(*) FROM contacts WHERE substitute_id IS NOT NULL") == 7
    again = await imported(registry, machine, "contacts", ndjson(rows))
    assert (again["unchanged"], again["refused"]) == (9, 8)


async def test_a_language_without_mails_is_refused_and_the_file_goes_on(registry: Registry, machine: Person) -> None:
    done = await imported(registry, machine, "members", ndjson([member(1), member(2, language="ua"), member(3)]))
    assert (done["status"], done["created"], done["refused"]) == ("completed", 2, 1)


async def test_what_nobody_foresaw_stops_one_import_and_no_other(
    registry: Registry, machine: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any) -> Any:
        raise KeyError("unforeseen")

    with monkeypatch.context() as patched:
        patched.setattr(imports, "told_together", broken)
        stopped = await imported(registry, machine, "contacts", ndjson([contact(1)]))
    assert (stopped["status"], stopped["created"]) == ("stopped", 0)
    done = await imported(registry, machine, "contacts", ndjson([contact(1)]))
    assert (done["status"], done["created"]) == ("completed", 1)


async def test_substitutes_may_be_told_in_any_order_and_of_each_other(registry: Registry, machine: Person) -> None:
    """Rows of one portion: whoever names somebody who is refused is refused too, and so on; nobody else."""
    stands_in = {0: 1, 1: 0, 2: 3, 4: 5, 5: 6, 7: 7}
    rows = [contact(n, **({"substitute": f"K-{stands_in[n]}"} if n in stands_in else {})) for n in range(8)]
    rows[6] |= {"topic": "weather"}
    done = await imported(registry, machine, "contacts", ndjson(rows))
    refused = await rows_of(registry, machine, done, outcome="refused")
    assert {row["row"] - 1: row["faults"][0]["code"] for row in refused} == {
        4: "substitute-not-here",
        5: "substitute-not-here",
        6: "topic-unknown",
        7: "substitute-not-here",
    }
    names = "SELECT string_agg(c.name || '>' || s.name, ' ' ORDER BY c.name) FROM contacts AS c JOIN contacts AS s"
    assert (
        await registry.value(f"{names} ON s.contact_id = c.substitute_id")
        == "Demo 0>Demo 1 Demo 1>Demo 0 Demo 2>Demo 3"
    )
    again = await imported(registry, machine, "contacts", ndjson(rows))
    assert (again["unchanged"], again["refused"]) == (4, 4)


async def test_a_file_that_tells_no_absences_takes_none_away(registry: Registry, machine: Person) -> None:
    absences = [{"first_day": "2026-07-01", "last_day": "2026-07-14"}]
    await imported(registry, machine, "contacts", ndjson([contact(1, absences=absences)]))
    held = "SELECT jsonb_array_length(absences) FROM contacts"
    for told, left in (({"phone": "+49 5141 12345"}, 1), ({"absences": []}, 0)):
        done = await imported(registry, machine, "contacts", ndjson([contact(1, **told)]))
        assert done["updated"] == 1
        assert await registry.value(held) == left


async def test_no_more_are_invited_than_a_day_allows(registry: Registry, machine: Person) -> None:
    registry.settings = registry.settings.model_copy(update={"imported_invitations_per_day": 2})
    done = await imported(registry, machine, "members", ndjson(member(number) for number in range(4)))
    assert (done["created"], done["refused"]) == (2, 2)
    assert {row["faults"][0]["code"] for row in await rows_of(registry, machine, done, outcome="refused")} == {
        "too-many-invitations"
    }
