"""Every mail that was noted as sent was received, and none that nobody noted; each occasion was noted once."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.utils import parseaddr
from pathlib import Path
from typing import Any

import orjson

from services.notifications.rules.addresses import AddressUnusable, address
from services.notifications.rules.mails import MAILS
from tests.faults.nemesis.sown import SOWN
from tests.faults.result import Inflicted
from tests.support.event_log import EventLog
from tests.system.ledger.comparison import MAILS_OF, goes_to_a_member
from tests.system.platform import RunningPlatform

ENVELOPE = "X-Mailbox-Envelope-To"
"""Where the mailbox notes to whom it was told to bring a mail."""
POSTMAN = "notifications-worker"
"""How the processes that send are called."""
ENDS_A_DIALOGUE = frozenset(
    (
        "killed",
        "killed-at-a-step",
        "frozen",
        "frozen-at-a-step",
        "frozen-past-its-transaction",
        "rebalance-storm",
        "clock-moved",
    )
)
"""Faults of one process: of the one that sends they may be the cause of a mail that comes twice."""
ENDS_ANY_DIALOGUE = frozenset(
    (
        "rolling-restart",
        "postgres-killed",
        "postgres-disk-full",
        "kafka-disk-full",
    )
)
"""Faults of everybody, or of the database where it is noted what was sent. A full disk ends processes."""
CUTS_A_NOTE = frozenset(("connections-cut", "cut-before-commit", "cut-after-commit"))
"""Faults of connections to the database: of those by which it is noted what was sent."""
NEAR_SECONDS = 10.0
"""A mail that comes so long before or after a fault may have been under way in it."""
CONTACTS = ("registry.volunteer-contacts", "registry.member-contacts")


@dataclass
class Addresses:
    """By person, as they stand in the header of a mail."""

    known: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    to_confirm: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    through: dict[str, str] = field(default_factory=dict)
    """The member who is told instead of somebody without an address."""

    def see(self, person: str, contact: Mapping[str, Any]) -> None:
        """Take in how somebody is, or was, reached."""
        self.known[person] |= _spelt(contact.get("mail"))
        self.to_confirm[person] |= _spelt(contact.get("mail_to_confirm"))
        if contact.get("through") is not None:
            self.through[person] = str(contact["through"])

    def of(self, person: str, mail: str) -> set[str]:
        """Where a mail of this kind for somebody may go."""
        if MAILS[mail].to_new_address:
            return self.to_confirm[person]
        return self.known[person] or self.known[self.through.get(person, "")]


@dataclass
class Excused:
    """What must not be blamed on anybody."""

    before: Counter[tuple[str, str]] = field(default_factory=Counter)
    """What was in the mailbox when the run began."""
    erased: Collection[str] = ()
    """Addresses of persons who were erased: of their mails nothing is noted any more."""
    forgotten: int = 0
    """How many mails to members were about persons who were erased: neither of these is anything noted."""


def may_repeat_a_mail(fault: Inflicted) -> bool:
    """Whether a process may have ended, or its note been lost, between the mail server's acceptance and that note."""
    if fault.name in ENDS_ANY_DIALOGUE:
        return True
    if fault.name in CUTS_A_NOTE:
        return "tandem-notifications" in fault.facts.get("of", ())
    return fault.name in ENDS_A_DIALOGUE and str(fault.facts.get("process", "")).startswith(POSTMAN)


def received(folder: Path) -> Counter[tuple[str, str]]:
    """How often each mail was received: by the delivery's id in its Message-ID, and the address."""
    found: Counter[tuple[str, str]] = Counter()
    for file in folder.glob("*.eml"):
        head = message_from_bytes(file.read_bytes().partition(b"\r\n\r\n")[0], policy=policy.compat32)
        told = parseaddr(str(head["To"]))[1]
        brought = str(head[ENVELOPE] or told)
        to = told if brought == told else f"{brought}, and says {told}"
        found[str(head["Message-ID"]).strip("<> ").partition("@")[0], to] += 1
    return found


def repeated_without_cause(
    folder: Path, before: Counter[tuple[str, str]], faults: Collection[Inflicted], began_at: float
) -> list[str]:
    """Mails that came more than once, and when the first of them came no fault was near that may be the cause.

    Parameters
    ----------
    before
        What was in the mailbox when the run began.
    faults
        All that were inflicted, in seconds from the run's begin.
    began_at
        That begin, in seconds since 1970, as the mailbox's files have it.
    """
    near = [(each.begun - NEAR_SECONDS, each.healed + NEAR_SECONDS) for each in faults if may_repeat_a_mail(each)]
    of_old = {identifier for identifier, _ in before}
    times: defaultdict[str, list[float]] = defaultdict(list)
    for file in folder.glob("*.eml"):
        head = message_from_bytes(file.read_bytes().partition(b"\r\n\r\n")[0], policy=policy.compat32)
        identifier = str(head["Message-ID"]).strip("<> ").partition("@")[0]
        times[identifier].append(file.stat().st_mtime - began_at)
    return [
        f"the mail {identifier} came {len(at)} times, first {min(at):.0f} s after the begin, with no fault near"
        for identifier, at in times.items()
        if len(at) > 1 and identifier not in of_old and not any(first <= min(at) <= last for first, last in near)
    ]


async def mails_to_be_forgotten(log: EventLog, erased: Collection[str]) -> int:
    """How many mails to members events about these persons make."""
    gone, found = {each.encode() for each in erased}, 0
    async for records in log.stretches("matching.placements"):
        for record in records:
            headers = dict(record.headers)
            if headers.get("ce_person") in gone and SOWN not in headers and record.value is not None:
                mails = MAILS_OF.get(headers["ce_type"].decode(), ())
                found += sum(1 for mail in mails if goes_to_a_member(mail))
    return found


async def wrong_addresses(log: EventLog, platform: RunningPlatform, compared: Counter[str]) -> list[str]:
    """Mails to an address that their recipient neither has nor, by the log, ever had."""
    addresses = _addresses_now(platform)
    if not to_somebody_else(platform, addresses, Counter()):
        return to_somebody_else(platform, addresses, compared)
    for topic in CONTACTS:
        async for records in log.stretches(topic):
            for record in records:
                if record.key is not None and record.value is not None and SOWN not in dict(record.headers):
                    addresses.see(record.key.decode(), orjson.loads(record.value))
    return to_somebody_else(platform, addresses, compared)


def _addresses_now(platform: RunningPlatform) -> Addresses:
    addresses = Addresses()
    for row in platform.rows(
        "SELECT volunteer_id::text AS id, mail, mail_to_confirm, through::text FROM notifications.volunteer_contacts"
    ) + platform.rows("SELECT subject_id::text AS id, mail FROM notifications.member_contacts"):
        addresses.see(row["id"], row)
    return addresses


def _spelt(*mails: str | None) -> set[str]:
    """As they stand in the header of a mail."""
    found: set[str] = set()
    for mail in filter(None, mails):
        try:
            found.add(address("", mail).addr_spec)
        except AddressUnusable:
            continue
    return found


def to_somebody_else(platform: RunningPlatform, addresses: Addresses, compared: Counter[str]) -> list[str]:
    """Mails that went elsewhere than to an address of their recipient, or of the member through whom they are reached."""
    rows = platform.rows(
        "SELECT delivery_id::text AS id, mail, subject_id::text AS recipient FROM notifications.deliveries"
    )
    noted = {row["id"]: row for row in rows}
    arrived = [each for each in received(platform.mailbox.folder / "mails") if each[0] in noted]
    compared["addresses-of-mails"] += len(arrived)
    return [
        f"the mail {identifier} ({noted[identifier]['mail']}) for {noted[identifier]['recipient']} went to {to}"
        for identifier, to in arrived
        if to not in addresses.of(noted[identifier]["recipient"], noted[identifier]["mail"])
    ]


def wrong_mails(
    platform: RunningPlatform,
    excused: Excused,
    imported: Collection[str],
    compared: Counter[str] | None = None,
) -> tuple[list[str], int]:
    """What is wrong, and how many mails came more than once.

    Parameters
    ----------
    imported
        Ids of the persons of whom an association told: each is told of it once.
    """
    compared = Counter() if compared is None else compared
    rows = platform.rows("SELECT delivery_id::text AS id, mail, status, natural_key FROM notifications.deliveries")
    noted = {row["id"] for row in rows}
    now = received(platform.mailbox.folder / "mails")
    times: Counter[str] = Counter()
    found: list[str] = []
    unknown: list[tuple[str, str]] = []
    for (identifier, to), number in (now - excused.before).items():
        times[identifier] += number
        if identifier not in noted and to not in excused.erased:
            unknown.append((identifier, to))
    compared["mails-received"] += len(times)
    compared["mails-noted"] += len(rows)
    found += _not_noted(platform, unknown, excused.forgotten)
    found += [f"the mail {row['id']} is noted as sent, and was not received" for row in rows
              if row["status"] == "sent" and not times[row["id"]]]  # fmt: skip
    # The mailbox takes everything, and everything can be written.
    found += [f"the mail {row['id']} ({row['mail']}) could not be sent" for row in rows if row["status"] == "failed"]
    keys = Counter(row["natural_key"] for row in rows)
    found += [f"{key} was noted {number} times" for key, number in keys.items() if number > 1]
    told = Counter(row["natural_key"].split(" ")[1] for row in rows
                   if row["mail"] == "volunteer-imported" and row["status"] == "sent")  # fmt: skip
    compared["mails-of-imports"] += len(imported)
    for person in (told - Counter(imported)) + (Counter(imported) - told):
        found.append(f"{person} was told {told[person]} times that an association has told of them")
    return found, sum(number - 1 for number in times.values())


def _not_noted(platform: RunningPlatform, unknown: list[tuple[str, str]], forgotten: int) -> list[str]:
    """What was received and stands nowhere: only members were told of persons of whom nothing is noted any more."""
    if not unknown:
        return []
    rows: list[dict[str, Any]] = platform.rows("SELECT mail FROM notifications.member_contacts")
    members = set().union(*(_spelt(row["mail"]) for row in rows))
    found = [
        f"the mail {identifier} to {to} was received, and nobody noted it"
        for identifier, to in unknown
        if to not in members
    ]
    if len(unknown) - len(found) > forgotten:
        found.append(
            f"{len(unknown) - len(found)} mails to members were received, and nobody noted them;"
            f" {forgotten} may be forgotten, as being about persons who were erased"
        )
    return found
