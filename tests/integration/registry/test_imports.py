"""Files of associations: received in parts, worked through in steps, reported row by row."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from services import registry as registry_service
from services.registry.handlers import imports as imports_handlers
from services.registry.models.exchange import Kind
from services.registry.store import imported_volunteers
from tests.integration.registry.exchange import (
    Association,
    association,
    csv_of,
    erasure_recorded,
    imported,
    ndjson,
    privacy_officer,
    rows_of,
    send_file,
    volunteer_row,
    work_through,
)
from tests.integration.registry.platform import Person, Registry

SOURCE = "crm"
NO_DAY = "0001-01-01T00:00:00+01:00"
"""What some systems write that know no day; in UTC it lies before all calendars."""


@pytest.fixture
async def at(registry: Registry) -> Association:
    return await association(registry)


@pytest.fixture
async def machine(at: Association) -> Person:
    return await at.machine(SOURCE)


async def test_volunteers_of_a_file_are_registered_announced_and_told(
    registry: Registry, at: Association, machine: Person
) -> None:
    done = await imported(registry, machine, "volunteers", ndjson(volunteer_row(n) for n in range(3)))
    assert (done["status"], done["rows"], done["created"], done["refused"]) == ("completed", 3, 3, 0)
    # Who they are the association sees here once it dealt with them.
    assert (await registry.get("/volunteers", at.admin)).json()["items"] == []
    told = await registry.announced(
        "volunteer-registered", "volunteer-contact-updated", "consent-given", "volunteer-imported"
    )
    assert sorted({e.type for e in told}) == [
        "consent-given",
        "volunteer-contact-updated",
        "volunteer-imported",
        "volunteer-registered",
    ]
    assert len(told) == 12
    consent = await registry.last("consent-given")
    assert (consent["purpose"], consent["version"], len(consent["held"])) == ("processing", 1, 1)
    assert await registry.value("SELECT count(*) FROM import_lines") == 0


async def test_the_same_file_again_changes_nothing_and_publishes_nothing(registry: Registry, machine: Person) -> None:
    file = ndjson(volunteer_row(n) for n in range(20))
    await imported(registry, machine, "volunteers", file)
    before = len(await registry.announced())
    again = await imported(registry, machine, "volunteers", file)
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, 20)
    assert len(await registry.announced()) == before


async def test_csv_and_ndjson_say_the_same(registry: Registry, machine: Person) -> None:
    rows = [volunteer_row(n) for n in range(5)]
    done = await imported(registry, machine, "volunteers", csv_of(rows), "text/csv")
    assert done["created"] == 5, await rows_of(registry, machine, done)
    again = await imported(registry, machine, "volunteers", ndjson(rows))
    assert again["unchanged"] == 5


async def test_a_bad_row_does_not_stop_the_others_and_is_reported_without_what_stood_in_it(
    registry: Registry, machine: Person
) -> None:
    lines = [
        json.dumps(volunteer_row(1)),
        "{no json",
        json.dumps([1, 2]),
        json.dumps(volunteer_row(2) | {"mail": "Unverwechselbar"}),
        json.dumps({**volunteer_row(3), "external_id": 7}),
        json.dumps({k: v for k, v in volunteer_row(4).items() if k != "consent"}),
        json.dumps(volunteer_row(5) | {"postal_code": "00000"}),
        json.dumps(volunteer_row(6) | {"birth_date": "2020-01-01"}),
        json.dumps(volunteer_row(1)),
        json.dumps(volunteer_row(9) | {"consent": volunteer_row(9)["consent"] | {"given_at": NO_DAY}}),
        json.dumps({"name": "x" * 70_000}),
        json.dumps(volunteer_row(8)),
    ]
    done = await imported(registry, machine, "volunteers", "\n".join(lines).encode())
    assert (done["created"], done["refused"]) == (2, 10)
    report = await rows_of(registry, machine, done)
    assert [row["row"] for row in report] == list(range(1, 13))
    assert [(row["outcome"], [(f["pointer"], f["code"]) for f in row["faults"]]) for row in report[1:11]] == [
        ("refused", [("#", "malformed-json")]),
        ("refused", [("#", "not-an-object")]),
        ("refused", [("#/mail", "invalid")]),
        ("refused", [("#/external_id", "wrong-type")]),
        ("refused", [("#/consent", "missing")]),
        ("refused", [("#/postal_code", "postal-code-unknown")]),
        ("refused", [("#/birth_date", "too-young")]),
        ("refused", [("#/external_id", "external-id-twice")]),
        ("refused", [("#/consent/given_at", "consent-too-early")]),
        ("refused", [("#", "row-too-long")]),
    ]
    assert "Unverwechselbar" not in json.dumps(report)
    refused = await rows_of(registry, machine, done, outcome="refused", limit=3)
    assert [row["row"] for row in refused] == list(range(2, 12))
    table = await registry.get(f"/imports/{done['import_id']}/rows", machine, format="csv", outcome="refused")
    assert table.text.splitlines()[1:3] == [
        "2;;refused;#;malformed-json;Die Zeile ist kein gültiges JSON.",
        "3;;refused;#;not-an-object;Die Zeile ist kein JSON-Objekt.",
    ]


async def test_a_dry_run_says_what_would_become_of_every_row_and_does_nothing(
    registry: Registry, machine: Person
) -> None:
    before = len(await registry.announced())
    file = ndjson([volunteer_row(1), volunteer_row(2) | {"mail": "x"}, volunteer_row(3)])
    done = await imported(registry, machine, "volunteers", file, dry_run="true")
    assert (done["created"], done["refused"]) == (2, 1)
    assert await registry.value("SELECT count(*) FROM volunteers") == 0
    assert await registry.value("SELECT count(*) FROM external_ids") == 0
    assert len(await registry.announced()) == before
    assert (await imported(registry, machine, "volunteers", file))["created"] == 2


async def test_what_the_association_corrects_is_written_until_the_volunteer_answers(
    registry: Registry, machine: Person
) -> None:
    await imported(registry, machine, "volunteers", ndjson([volunteer_row(1)]))
    changed = volunteer_row(1) | {"name": "Demo Anders", "reach_km": 40}
    done = await imported(registry, machine, "volunteers", ndjson([changed]))
    assert done["updated"] == 1
    assert (await registry.last("volunteer-updated"))["reach_km"] == 40
    assert (await registry.last("volunteer-contact-updated"))["name"] == "Demo Anders"
    async with registry.database.transaction() as tx:
        await tx.connection.execute("UPDATE external_ids SET confirmed_at = now()")
    before = len(await registry.announced())
    done = await imported(registry, machine, "volunteers", ndjson([changed | {"reach_km": 5}]))
    assert (done["updated"], done["unchanged"]) == (0, 1)
    (row,) = await rows_of(registry, machine, done)
    assert row["faults"][0]["code"] == "kept-by-the-person"
    assert len(await registry.announced()) == before


async def test_a_known_address_is_answered_like_an_unknown_one_and_its_volunteer_is_asked(
    registry: Registry, machine: Person
) -> None:
    person, _ = await registry.volunteer(mail="known@example.org")
    before = len(await registry.announced())
    rows = [volunteer_row(1) | {"mail": "known@example.org"}, volunteer_row(2)]
    done = await imported(registry, machine, "volunteers", ndjson(rows))
    report = await rows_of(registry, machine, done)
    assert [row["outcome"] for row in report] == ["created", "created"]
    asked = [e.data for e in (await registry.announced("volunteer-imported")) if e.data]
    assert [(e["was_known"], e["volunteer_id"] == str(person.subject_id)) for e in asked] == [
        (True, True),
        (False, False),
    ]
    assert len(await registry.announced()) == before + 5
    # Correcting what it told reaches nobody who was here before.
    rows[0]["reach_km"] = 77
    done = await imported(registry, machine, "volunteers", ndjson(rows))
    assert [row["outcome"] for row in await rows_of(registry, machine, done)] == ["updated", "unchanged"]
    assert await registry.announced("volunteer-updated") == []
    assert await registry.value("SELECT count(*) FROM volunteers") == 2


async def test_an_imported_address_keeps_nobody_from_registering_with_it(registry: Registry, machine: Person) -> None:
    await imported(registry, machine, "volunteers", ndjson([volunteer_row(1)]))
    person, _ = await registry.volunteer(mail=volunteer_row(1)["mail"])
    assert await registry.value("SELECT count(*) FROM volunteers") == 2
    assert (await registry.get("/volunteers/me", person)).status_code == 200


async def test_whoever_was_erased_is_not_brought_back_but_may_register_anew(
    registry: Registry, machine: Person
) -> None:
    """Art. 17 DSGVO: an import does not undo an erasure; whoever registers afresh is a new person."""
    file = ndjson([volunteer_row(1)])
    await imported(registry, machine, "volunteers", file)
    volunteer_id = await registry.value("SELECT volunteer_id FROM volunteers")
    officer = await privacy_officer(registry)
    await erasure_recorded(registry, officer, volunteer_id)
    answer = await registry.post(f"/volunteers/{volunteer_id}/erasure", officer)
    assert answer.status_code == 202, answer.text
    assert await registry.value("SELECT count(*) FROM external_ids") == 0
    assert await registry.value("SELECT count(*) FROM consent_proofs") == 0
    for rows in ([volunteer_row(1)], [volunteer_row(1) | {"name": "Demo Neu", "mail": "neu@example.org"}]):
        done = await imported(registry, machine, "volunteers", ndjson(rows))
        assert (done["suppressed"], done["created"]) == (1, 0)
    assert await registry.value("SELECT count(*) FROM volunteers") == 0
    anew = await registry.register(mail=volunteer_row(1)["mail"])
    assert anew != volunteer_id
    stored = await registry.value("SELECT encode(digest, 'escape') FROM suppressed_ids")
    assert volunteer_row(1)["external_id"] not in stored


async def test_whoever_is_erased_while_the_file_is_worked_through_is_not_linked_behind_the_erasure(
    registry: Registry, machine: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Art. 17 DSGVO: nothing refers to an erased person, whatever was read of them before the erasure."""
    person, _ = await registry.volunteer(mail=volunteer_row(1)["mail"])
    read = imported_volunteers.owners_of_mails

    async def read_just_before_the_erasure(connection: Any, mail_hashes: Sequence[bytes]) -> dict[bytes, UUID]:
        found = await read(connection, mail_hashes)
        monkeypatch.setattr(imported_volunteers, "owners_of_mails", read)
        assert list(found.values()) == [person.subject_id]
        answer = await registry.post(f"/volunteers/{person.subject_id}/erasure", person)
        assert answer.status_code == 202, answer.text
        return found

    monkeypatch.setattr(imported_volunteers, "owners_of_mails", read_just_before_the_erasure)
    done = await imported(registry, machine, "volunteers", ndjson([volunteer_row(1)]))
    assert done["created"] == 1
    linked = await registry.value("SELECT id FROM external_ids WHERE kind = 'volunteers'")
    assert linked == await registry.value("SELECT volunteer_id FROM volunteers") != person.subject_id
    told = await registry.announced("volunteer-imported")
    assert [(e.data["was_known"], e.data["volunteer_id"]) for e in told if e.data] == [(False, str(linked))]


async def test_a_file_arrives_in_parts_of_any_size(registry: Registry, machine: Person) -> None:
    file = csv_of([volunteer_row(n) | {"name": f'Demo "{n}"\nzweite Zeile'} for n in range(3)] + [volunteer_row(9)])

    async def trickle() -> AsyncIterator[bytes]:
        for place in range(0, len(file), 7):
            yield file[place : place + 7]

    answer = await send_file(registry, machine, "volunteers", trickle(), "text/csv; charset=utf-8")
    assert answer.status_code == 202, answer.text
    assert answer.json()["rows"] == 4
    await work_through(registry)
    report = await rows_of(registry, machine, answer.json())
    assert [row["outcome"] for row in report] == ["refused", "refused", "refused", "created"]
    assert report[0]["faults"][0]["code"] == "single-line"


async def test_an_upload_that_broke_off_is_sent_again_under_the_same_key(registry: Registry, machine: Person) -> None:
    file = ndjson(volunteer_row(n) for n in range(2500))

    async def breaks_off() -> AsyncIterator[bytes]:
        yield file[: len(file) * 9 // 10]
        raise ConnectionResetError

    broken = await send_file(registry, machine, "volunteers", breaks_off(), key="one-and-the-same")
    assert broken.status_code >= 400
    assert await registry.value("SELECT count(*) FROM import_lines") == 2000
    assert await registry.value("SELECT status FROM imports") == "receiving"
    assert await work_through(registry) == 0
    first = await send_file(registry, machine, "volunteers", file, key="one-and-the-same")
    assert (first.status_code, first.json()["rows"]) == (202, 2500), first.text
    assert await registry.value("SELECT count(*) FROM import_lines") == 2500
    again = await send_file(registry, machine, "volunteers", file, key="one-and-the-same")
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json()["import_id"] == first.json()["import_id"]
    assert await registry.value("SELECT count(*) FROM imports") == 1
    other = await send_file(registry, machine, "volunteers", ndjson([volunteer_row(1)]), key="one-and-the-same")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")


async def test_an_upload_whose_sender_went_away_is_under_way_no_longer(registry: Registry, machine: Person) -> None:
    came = iter([{"type": "http.request", "body": ndjson([volunteer_row(1)]), "more_body": True}])

    async def receive() -> dict[str, Any]:
        return next(came, {"type": "http.disconnect"})

    async def send(_: Any) -> None:
        return None

    headers = {**machine.headers, "Content-Type": "application/x-ndjson", "Idempotency-Key": "went-away-for-good"}
    transport = registry.client._transport
    assert isinstance(transport, httpx.ASGITransport)
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": "/imports", "raw_path": b"/imports", "query_string": b"source=crm&kind=volunteers", "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1), "server": ("registry", 80), "state": {},
    }  # fmt: skip
    await transport.app(scope, receive, send)
    assert next(came, None) is None
    assert await registry.value("SELECT count(*) FROM imports") == 0


@pytest.mark.parametrize(
    ("content", "kind", "status", "code"),
    [
        (b"", "application/x-ndjson", 422, "no-rows"),
        (b"{}", "application/json", 415, "unsupported-content-type"),
        (b"external_id;moon\n1;2\n", "text/csv", 422, "column-unknown"),
        (b"external_id;name;name\n1;2;3\n", "text/csv", 422, "column-unknown"),
        (b"\n".join([b"{}"] * 251_000), "application/x-ndjson", 413, "too-many-rows"),
    ],
)
async def test_a_file_that_cannot_be_read_at_all_is_refused_as_a_whole(
    registry: Registry, machine: Person, content: bytes, kind: str, status: int, code: str
) -> None:
    answer = await send_file(registry, machine, "volunteers", content, kind)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert await registry.value("SELECT count(*) FROM imports") == 0
    assert await registry.value("SELECT count(*) FROM import_lines") == 0


async def test_the_example_of_the_readme_is_taken_over_and_a_wrong_row_is_told_what_belongs_there(
    registry: Registry, machine: Person
) -> None:
    readme = (Path(registry_service.__file__).parent / "README.md").read_text()
    example = readme.partition("```csv\n")[2].partition("```")[0]
    assert "Content-Type: text/csv" in readme and "Content-Type: application/x-ndjson" in readme
    wrong = example.splitlines()[1].replace("P-1", "P-2").replace("demo@example.org", "demo").replace("de:B1", "de")
    done = await imported(registry, machine, "volunteers", f"{example}{wrong}\n".encode(), "text/csv")
    assert (done["created"], done["refused"]) == (1, 1)
    (row,) = await rows_of(registry, machine, done, outcome="refused")
    told = {fault["pointer"]: fault["de"] for fault in row["faults"]}
    assert "name@example.org" in told["#/mail"]
    assert "uk:native" in told["#/languages/1/level"]


async def test_a_file_is_larger_than_other_bodies_but_not_endless(registry: Registry, machine: Person) -> None:
    row = json.dumps(volunteer_row(1)).encode()

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"\n" * 1024 * 1024

    large = row + b"\n" * 3 * 1024 * 1024
    assert (await send_file(registry, machine, "volunteers", large)).status_code == 202
    answer = await send_file(registry, machine, "volunteers", endless())
    assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")


async def test_nobody_else_sends_reads_or_hears_of_it(registry: Registry, at: Association, machine: Person) -> None:
    file = ndjson([volunteer_row(1)])
    done = await imported(registry, machine, "volunteers", file)
    other = await association(registry, "other")
    stranger = await other.machine("elsewhere")
    for person in (stranger, other.admin):
        answer = await send_file(registry, person, "volunteers", file)
        assert (answer.status_code, answer.json()["code"]) == (404, "source-not-found")
        for path in (f"/imports/{done['import_id']}", f"/imports/{done['import_id']}/rows"):
            assert (await registry.get(path, person)).status_code == 404
        assert (await registry.get("/imports", person, organisation_id=at.organisation_id)).status_code == 404
    volunteer, _ = await registry.volunteer()
    assert (await send_file(registry, volunteer, "volunteers", file)).status_code == 403
    assert (await registry.get("/imports", at.admin, organisation_id=at.organisation_id)).json()["items"] == [done]


async def test_an_import_whose_machine_was_withdrawn_stops(
    registry: Registry, at: Association, machine: Person
) -> None:
    answer = await send_file(registry, machine, "volunteers", ndjson([volunteer_row(1)]))
    path = f"/members/{machine.subject_id}/memberships/{at.organisation_id}/integration"
    assert (await registry.send("DELETE", path, at.admin, version=1)).status_code == 200
    await work_through(registry)
    found = (await registry.get(f"/imports/{answer.json()['import_id']}", at.admin)).json()
    assert (found["status"], found["stopped_because"], found["created"]) == ("stopped", "import-stopped", 0)
    assert await registry.value("SELECT count(*) FROM import_lines") == 0


async def test_a_report_says_where_in_the_spreadsheet_and_of_whom_until_they_are_erased(
    registry: Registry, machine: Person
) -> None:
    """Art. 17 DSGVO: with the person their external id goes from the reports, too."""
    rows = [volunteer_row(1), volunteer_row(2) | {"mail": "x"}, volunteer_row(1)]
    heading, *cells = csv_of(rows).split(b"\r\n")
    file = b"\r\n".join([heading, b"", *cells])
    done = await imported(registry, machine, "volunteers", file, "text/csv")
    said = [(row["row"], row["external_id"], row["outcome"]) for row in await rows_of(registry, machine, done)]
    assert said == [(3, "P-000001", "created"), (4, "P-000002", "refused"), (5, "P-000001", "refused")]
    assert (await registry.send("DELETE", "/exchange/crm/volunteers/P-000001", machine)).status_code == 204
    assert [row["external_id"] for row in await rows_of(registry, machine, done)] == [None, "P-000002", None]
    again = await imported(registry, machine, "volunteers", ndjson(rows[:1]))
    assert [row["external_id"] for row in await rows_of(registry, machine, again)] == [None], "suppressed"


async def test_reports_hold_nothing_of_what_rows_say_and_are_forgotten(registry: Registry, machine: Person) -> None:
    done = await imported(registry, machine, "volunteers", ndjson([volunteer_row(1), volunteer_row(2) | {"mail": "x"}]))
    async with registry.database.reading() as connection:
        rows = await connection.fetch("SELECT to_jsonb(r) FROM import_results AS r")
    # What belongs there is said by an example.
    text = json.dumps([row[0] for row in rows]).replace(" name@example.org", "")
    assert "Demo" not in text and "example.org" not in text
    registry.clock.advance(timedelta(days=31))
    assert await registry.let_timer_run("forget-imports") > 0
    assert (await registry.get(f"/imports/{done['import_id']}", machine)).status_code == 404


async def test_too_many_imports_at_once_wait_outside(registry: Registry, machine: Person) -> None:
    for n in range(5):
        assert (await send_file(registry, machine, "volunteers", ndjson([volunteer_row(n)]))).status_code == 202
    answer = await send_file(registry, machine, "volunteers", ndjson([volunteer_row(9)]))
    assert (answer.status_code, answer.json()["code"]) == (429, "too-many-imports")
    await work_through(registry)
    assert (await send_file(registry, machine, "volunteers", ndjson([volunteer_row(9)]))).status_code == 202


async def test_uploads_of_which_nothing_arrives_any_more_keep_nobody_away(registry: Registry, machine: Person) -> None:
    for n in range(5):
        assert (await send_file(registry, machine, "volunteers", ndjson([volunteer_row(n)]))).status_code == 202
    # As it is while a file arrives, and when whoever received it was killed.
    await registry.value("UPDATE imports SET status = 'receiving' RETURNING 1")
    assert (await send_file(registry, machine, "volunteers", ndjson([volunteer_row(8)]))).status_code == 429
    registry.clock.advance(timedelta(minutes=6))
    assert (await send_file(registry, machine, "volunteers", ndjson([volunteer_row(9)]))).status_code == 202


async def test_several_workers_share_the_work_and_nothing_is_done_twice(registry: Registry, machine: Person) -> None:
    for n in range(3):
        file = ndjson(volunteer_row(i) for i in range(n * 1500, (n + 1) * 1500))
        assert (await send_file(registry, machine, "volunteers", file)).status_code == 202
    await asyncio.gather(*(work_through(registry) for _ in range(4)))
    assert await registry.value("SELECT count(*) FROM volunteers") == 4500
    assert await registry.value("SELECT sum(created) FROM imports") == 4500
    assert await registry.value("SELECT count(*) FROM outbox WHERE topic = 'registry.volunteers'") == 4500


async def test_an_association_does_not_flood_people_with_mail(registry: Registry, at: Association) -> None:
    registry.settings = registry.settings.model_copy(update={"imported_volunteers_per_day": 6})
    machine = await at.machine(SOURCE)
    await imported(registry, machine, "volunteers", ndjson(volunteer_row(n) for n in range(5)))
    everybody = ndjson(volunteer_row(n) for n in range(8))
    done = await imported(registry, machine, "volunteers", everybody)
    assert (done["created"], done["unchanged"], done["refused"]) == (1, 5, 2)
    assert {row["faults"][0]["code"] for row in await rows_of(registry, machine, done, outcome="refused")} == {
        "too-many-volunteers"
    }
    registry.clock.advance(timedelta(hours=25))
    done = await imported(registry, machine, "volunteers", everybody)
    assert (done["created"], done["unchanged"], done["refused"]) == (2, 6, 0)


async def test_a_dry_run_counts_what_it_would_have_brought_already(
    registry: Registry, at: Association, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports_handlers, "STEPS", {Kind.VOLUNTEERS: 2})
    registry.settings = registry.settings.model_copy(update={"imported_volunteers_per_day": 3})
    machine = await at.machine(SOURCE)
    file = ndjson(volunteer_row(n) for n in range(5))
    tried = await imported(registry, machine, "volunteers", file, dry_run="true")
    done = await imported(registry, machine, "volunteers", file)
    assert (tried["created"], tried["refused"]) == (done["created"], done["refused"]) == (3, 2)
