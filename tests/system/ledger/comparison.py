"""The ledger against what the services hold: their own tables, each other's read models, the log, the mails."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from email import message_from_bytes
from pathlib import Path
from typing import Any

import orjson

from services.notifications.models import RecipientKind
from services.notifications.rules.mails import MAILS
from shared.contracts.topics import SERVICES
from tests.support.event_log import EventLog
from tests.system.ledger.ledger import Ledger
from tests.system.platform import RunningPlatform

MAILS_OF = {
    "placement-requested": ("placement-requested-coordinator", "placement-requested-volunteer"),
    "placement-waitlisted": ("placement-waitlisted",),
    "placement-offered": ("placement-offered",),
    "placement-declined": ("placement-declined",),
    "placement-withdrawn": ("placement-withdrawn",),
    "training-enrolled": ("training-enrolled",),
    "training-waitlisted": ("training-waitlisted",),
    "training-place-offered": ("training-place-offered",),
}
"""Which event makes somebody hear of it."""


def settled(platform: RunningPlatform, ledger: Ledger) -> bool:
    """Whether everything has come to rest: nothing waits in an outbox or to be sent, every read model has the newest."""
    for service in SERVICES:
        if platform.rows(f"SELECT 1 FROM {service}.outbox LIMIT 1"):
            return False
    if platform.rows(
        "SELECT 1 FROM notifications.deliveries WHERE settled_at IS NULL"
        " AND (subject_id = ANY(%s::uuid[]) OR concerns = ANY(%s::uuid[])) LIMIT 1",
        list(ledger.volunteers),
        list(ledger.volunteers),
    ):
        return False
    return not differences(platform, ledger)


def differences(platform: RunningPlatform, ledger: Ledger) -> list[str]:
    """Where a table says something else than was acknowledged; empty when none does."""
    found: list[str] = []

    def compare(table: str, key: str, kept: dict[str, dict[str, Any]], *columns: str) -> None:
        rows = platform.rows(f"SELECT * FROM {table} WHERE {key} = ANY(%s::uuid[])", list(kept))
        present = {str(row[key]): row for row in rows}
        for identifier, told in kept.items():
            row = present.get(identifier)
            held = None if row is None else {name: row[name] for name in columns}
            if held != {name: told[name] for name in columns}:
                found.append(f"{table} {identifier}: acknowledged {told}, held {held}")

    compare("registry.volunteers", "volunteer_id", ledger.volunteers, "version", "reach_km", "wishes")
    compare("matching.volunteers", "volunteer_id", ledger.volunteers, "version", "reach_km", "wishes")
    compare("training.volunteers", "volunteer_id", ledger.volunteers, "version")
    compare("matching.offers", "offer_id", ledger.offers, "version", "title", "places", "urgency", "status")
    compare("notifications.offers", "offer_id", ledger.offers, "version", "title", "status")
    compare("training.courses", "course_id", ledger.courses, "version", "title", "places", "status")
    compare("matching.courses", "course_id", ledger.courses, "version", "title")
    compare("notifications.courses", "course_id", ledger.courses, "version", "title")
    return (
        found
        + _of_volunteers(platform, "matching.placements", "placement_id", ledger, ledger.placements)
        + (_of_volunteers(platform, "training.enrolments", "enrolment_id", ledger, ledger.enrolments))
    )


def _of_volunteers(
    platform: RunningPlatform, table: str, key: str, ledger: Ledger, kept: dict[str, dict[str, Any]]
) -> list[str]:
    """Each that was acknowledged is there, none besides, and what a volunteer gave up stays given up."""
    rows = platform.rows(f"SELECT * FROM {table} WHERE volunteer_id = ANY(%s::uuid[])", list(ledger.volunteers))
    present = {str(row[key]): row for row in rows}
    found = [f"{table} {key} {identifier} is missing" for identifier in kept.keys() - present.keys()]
    found += [f"{table} {key} {identifier} was never acknowledged" for identifier in present.keys() - kept.keys()]
    for identifier in kept.keys() & present.keys():
        told, row = kept[identifier], present[identifier]
        is_final = told["status"] in ("withdrawn", "cancelled")
        if row["version"] < told["version"] or (is_final and row["status"] != told["status"]):
            found.append(f"{table} {identifier}: acknowledged {told}, held {row['status']} {row['version']}")
    return found


def overbooked(platform: RunningPlatform) -> list[Any]:
    """Offers and courses with more places taken than there are, or counted otherwise than taken."""
    return platform.rows(
        "SELECT o.offer_id FROM matching.offers o LEFT JOIN matching.placements p ON p.offer_id = o.offer_id"
        " AND p.status IN ('requested', 'offered', 'confirmed') GROUP BY o.offer_id"
        " HAVING count(p.placement_id) > o.places OR count(p.placement_id) <> o.places_taken"
    ) + platform.rows(
        "SELECT c.course_id FROM training.courses c LEFT JOIN training.enrolments e ON e.course_id = c.course_id"
        " AND e.status IN ('enrolled', 'offered', 'attended', 'absent') GROUP BY c.course_id"
        " HAVING count(e.enrolment_id) > c.places OR count(e.enrolment_id) <> c.places_taken"
    )


async def check_log(log: EventLog, platform: RunningPlatform, ledger: Ledger) -> int:
    """Every version of every aggregate stands in the log once, in order; how many events there are of the ledger's."""
    finals = {
        "registry.volunteers": ledger.volunteers,
        "matching.offers": ledger.offers,
        "training.courses": ledger.courses,
        "matching.placements": _final_versions(platform, "matching.placements", "placement_id", ledger.placements),
        "training.enrolments": _final_versions(platform, "training.enrolments", "enrolment_id", ledger.enrolments),
    }
    events = 0
    for topic, kept in finals.items():
        versions: dict[str, list[int]] = defaultdict(list)
        places: dict[str, list[str]] = defaultdict(list)
        for record in await log.read(topic):
            key = record.key.decode()
            # The nemesis marks what it writes once more itself.
            if key in kept and "x-sown" not in dict(record.headers):
                versions[key].append(orjson.loads(record.value)["version"])
                event_id = dict(record.headers)["ce_id"].decode()
                places[key].append(f"{versions[key][-1]} at {record.partition}:{record.offset} is {event_id}")
        for key, told in kept.items():
            assert versions[key] == list(range(1, told["version"] + 1)), f"{topic} {key}: {places[key]}"
            events += told["version"]
    return events


def _final_versions(
    platform: RunningPlatform, table: str, key: str, kept: dict[str, dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    rows = platform.rows(f"SELECT {key}, version FROM {table} WHERE {key} = ANY(%s::uuid[])", list(kept))
    return {str(row[key]): row for row in rows}


@dataclass(frozen=True)
class Received:
    """How many mails there had to be, and how many came once more than that."""

    mails: int
    repeated: int


async def check_mails(log: EventLog, platform: RunningPlatform, ledger: Ledger) -> Received:
    """Every occasion made its mails once, and every mail was sent and received."""
    expected: set[str] = set()
    for topic in ("matching.placements", "training.enrolments", "matching.suggestions"):
        for record in await log.read(topic):
            headers = {name: value.decode() for name, value in record.headers if value is not None}
            # What the nemesis wrote is no occasion, and need not be readable.
            event = orjson.loads(record.value) if record.value and "x-sown" not in headers else {}
            if event.get("volunteer_id") not in ledger.volunteers:
                continue
            volunteer = event["volunteer_id"]
            kind = headers["ce_type"]
            if kind == "match-suggested":
                expected.add(f"offer-suggestion {volunteer} match-suggested {headers['ce_id']}")
            expected |= {
                f"{mail} {_recipient(mail, volunteer)} {kind} {record.key.decode()} {event['version']}"
                for mail in MAILS_OF.get(kind, ())
            }
    rows = platform.rows(
        "SELECT delivery_id, natural_key, status, reason FROM notifications.deliveries"
        " WHERE mail = ANY(%s) AND (subject_id = ANY(%s::uuid[]) OR concerns = ANY(%s::uuid[]))",
        ["offer-suggestion", *(mail for mails in MAILS_OF.values() for mail in mails)],
        list(ledger.volunteers),
        list(ledger.volunteers),
    )
    told = Counter(_occasion_of(row["natural_key"]) for row in rows)
    noted = set(told)
    assert noted == expected, f"never noted: {expected - noted}; without occasion: {noted - expected}"
    assert max(told.values(), default=1) == 1, f"noted more than once: {[one for one in told if told[one] > 1]}"
    unsent = [row for row in rows if row["status"] != "sent" and not _is_out_of_date(row)]
    assert not unsent, unsent
    sent = [str(row["delivery_id"]) for row in rows if row["status"] == "sent"]
    received = _message_ids(platform.mailbox.folder / "mails")
    missing = [delivery for delivery in sent if received[delivery] == 0]
    assert not missing, f"sent but not received: {missing}"
    return Received(len(sent), sum(received[delivery] - 1 for delivery in sent))


def _occasion_of(natural_key: str) -> str:
    """With the volunteer whom the mail is for."""
    mail, recipient, occasion = natural_key.split(" ", 2)
    return f"{mail} {_recipient(mail, recipient)} {occasion}"


def _recipient(mail: str, person: str) -> str:
    """Which member of an organisation is told the events do not say."""
    return "a member" if goes_to_a_member(mail) else person


def goes_to_a_member(mail: str) -> bool:
    """Whether somebody of an organisation gets this mail, and not the volunteer whom it is about."""
    return MAILS[mail].recipient is RecipientKind.MEMBER


def _is_out_of_date(row: dict[str, Any]) -> bool:
    """Nobody is told of an offer that was closed before the mail went out."""
    return bool(
        row["status"] == "dropped" and row["reason"] == "offer-closed" and "offer-suggestion" in row["natural_key"]
    )


def _message_ids(folder: Path) -> Counter[str]:
    """How often each mail was received, by the delivery's id in its Message-ID."""
    found: Counter[str] = Counter()
    for file in folder.glob("*.eml"):
        head = message_from_bytes(file.read_bytes().partition(b"\r\n\r\n")[0])
        found[str(head["Message-ID"]).strip("<> ").partition("@")[0]] += 1
    return found
