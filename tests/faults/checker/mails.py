"""Every mail that was noted as sent was received, and none that nobody noted; each occasion was noted once."""

from collections import Counter
from collections.abc import Collection
from email import message_from_bytes, policy
from pathlib import Path

from tests.faults.nemesis.sown import SOWN
from tests.support.event_log import EventLog
from tests.system.ledger.comparison import MAILS_OF, goes_to_a_member
from tests.system.platform import RunningPlatform


def received(folder: Path) -> Counter[tuple[str, str]]:
    """How often each mail was received: by the delivery's id in its Message-ID, and the address."""
    found: Counter[tuple[str, str]] = Counter()
    for file in folder.glob("*.eml"):
        head = message_from_bytes(file.read_bytes().partition(b"\r\n\r\n")[0], policy=policy.compat32)
        found[str(head["Message-ID"]).strip("<> ").partition("@")[0], str(head["To"])] += 1
    return found


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


def wrong_mails(
    platform: RunningPlatform,
    before: Counter[tuple[str, str]],
    erased: Collection[str],
    imported: Collection[str],
    forgotten: int,
) -> tuple[list[str], int]:
    """What is wrong, and how many mails came more than once.

    Parameters
    ----------
    before
        What was in the mailbox when the run began.
    erased
        Addresses of persons who were erased: of their mails nothing is noted any more.
    imported
        Ids of the persons of whom an association told: each is told of it once.
    forgotten
        How many mails to members were about persons who were erased: neither of these is anything noted.
    """
    rows = platform.rows("SELECT delivery_id::text AS id, mail, status, natural_key FROM notifications.deliveries")
    noted = {row["id"] for row in rows}
    now = received(platform.mailbox.folder / "mails")
    times: Counter[str] = Counter()
    found: list[str] = []
    unknown: list[str] = []
    for (identifier, address), number in (now - before).items():
        times[identifier] += number
        if identifier not in noted and not any(each in address for each in erased):
            unknown.append(f"the mail {identifier} was received, and nobody noted it")
    if len(unknown) > forgotten:
        found += [*unknown, f"{forgotten} mails may be forgotten, as being about persons who were erased"]
    found += [f"the mail {row['id']} is noted as sent, and was not received" for row in rows
              if row["status"] == "sent" and not times[row["id"]]]  # fmt: skip
    keys = Counter(row["natural_key"] for row in rows)
    found += [f"{key} was noted {number} times" for key, number in keys.items() if number > 1]
    told = Counter(row["natural_key"].split(" ")[1] for row in rows if row["mail"] == "volunteer-imported")
    for person in (told - Counter(imported)) + (Counter(imported) - told):
        found.append(f"{person} was told {told[person]} times that an association has told of them")
    return found, sum(number - 1 for number in times.values())
