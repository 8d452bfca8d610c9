"""Who was erased is nowhere; who waits, waits in order."""

from collections.abc import Iterable

from shared.contracts.topics import SERVICES, TOPICS, Kind
from tests.faults.nemesis.sown import SOWN
from tests.support.event_log import EventLog
from tests.system.platform import RunningPlatform
from tests.system.traces import MAY_REMEMBER_THE_ID, tables_with


async def found_of_erased(log: EventLog, platform: RunningPlatform, erased: Iterable[str]) -> list[str]:
    """Rows with the id of somebody erased, and keys of theirs that end with something else than a tombstone."""
    wrong: list[str] = []
    gone = set(erased)
    for subject_id in gone:
        tables = tables_with(platform, subject_id) - MAY_REMEMBER_THE_ID
        wrong += [f"{table} has {subject_id}, who was erased" for table in sorted(tables)]
    for topic in TOPICS.values():
        if topic.kind is not Kind.STATE or not topic.personal:
            continue
        theirs: dict[str, bool] = {}
        for record in await log.read(topic.name):
            headers = dict(record.headers)
            if SOWN in headers:
                continue
            key = record.key.decode()
            if (
                headers.get("ce_person", b"").decode() in gone
                or key in gone
                or (key in theirs and record.value is None)
            ):
                theirs[key] = record.value is None
        wrong += [f"{topic.name} {key} ends without a tombstone" for key, is_buried in theirs.items() if not is_buried]
    return wrong


def erasures_open(platform: RunningPlatform, erased: list[str]) -> list[str]:
    """Erasures that have not come to their end."""
    rows = platform.rows(
        "SELECT subject_id::text, status FROM registry.erasures WHERE subject_id = ANY(%s::uuid[])", erased
    )
    done = {row["subject_id"] for row in rows if row["status"] == "completed"}
    return [f"the erasure of {subject_id} has not come to its end" for subject_id in erased if subject_id not in done]


def wrong_waiting_lists(platform: RunningPlatform) -> list[str]:
    """Somebody who waits although there is room, or although somebody who asked later has a place."""
    assert set(SERVICES) >= {"matching", "training"}
    return [
        f"placement {row['placement_id']} waits behind one that asked later"
        for row in platform.rows(
            "SELECT w.placement_id FROM matching.placements w JOIN matching.placements p USING (offer_id)"
            " WHERE w.status = 'waitlisted' AND p.status = 'offered' AND p.requested_at > w.requested_at"
        )
    ] + [
        f"placement {row['placement_id']} waits although a place is free"
        for row in platform.rows(
            "SELECT w.placement_id FROM matching.placements w JOIN matching.offers o USING (offer_id)"
            " WHERE w.status = 'waitlisted' AND o.status = 'published' AND o.places_taken < o.places"
        )
    ]
