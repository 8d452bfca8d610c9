"""Who was erased is nowhere; who waits, waits in order."""

from collections import Counter
from collections.abc import Collection

from shared.contracts.topics import TOPICS, Kind
from tests.faults.checker.log import LogFacts
from tests.system.platform import RunningPlatform
from tests.system.traces import MAY_REMEMBER, forms_of, tables_of


def found_of_erased(
    facts: LogFacts, platform: RunningPlatform, erased: Collection[str], known_by: Collection[str]
) -> list[str]:
    """Rows with the id, the address or the name of somebody erased, and keys of theirs that end without a tombstone."""
    gone = set(erased)
    return _rows_with(platform, known_by) + [
        f"{topic.name} {key} ends without a tombstone"
        for topic in TOPICS.values()
        if topic.kind is Kind.STATE and topic.personal
        for key, told in facts.topics[topic.name].keys.items()
        if (key in gone or told.person in gone) and not told.is_buried
    ]


def _rows_with(platform: RunningPlatform, texts: Collection[str]) -> list[str]:
    """Rows in which one of the texts occurs, in any of its forms: each table is read once for all."""
    if not texts:
        return []
    patterns = [f"%{form}%" for text in texts for form in forms_of(text)]
    return [
        f"{name} has somebody who was erased: {rows[0]['held'][:200]}"
        for name in tables_of(platform)
        if (
            rows := platform.rows(
                f"SELECT t::text AS held FROM {name} AS t"
                f" WHERE t::text LIKE ANY(%s) AND {MAY_REMEMBER.get(name, 'true')} LIMIT 1",
                patterns,
            )
        )
    ]


def erasures_open(platform: RunningPlatform, erased: Collection[str]) -> list[str]:
    """Erasures that have not come to their end."""
    rows = platform.rows(
        "SELECT subject_id::text, status FROM registry.erasures WHERE subject_id = ANY(%s::uuid[])", list(erased)
    )
    done = {row["subject_id"] for row in rows if row["status"] == "completed"}
    return [f"the erasure of {subject_id} has not come to its end" for subject_id in erased if subject_id not in done]


def wrong_waiting_lists(platform: RunningPlatform, compared: Counter[str] | None = None) -> list[str]:
    """Somebody who waits although there is room, or although somebody whose turn comes later was offered a place.

    Who waits together with others may have to let a single free place be.
    """
    found: list[str] = []
    for table, key, pool, of, what, alone in (
        ("matching.placements", "placement_id", "pool_id", "matching.offers", "offer_id", "w.joint_id IS NULL"),
        ("matching.placements", "placement_id", "pool_id", "matching.shifts", "shift_id", "w.joint_id IS NULL"),
        ("training.enrolments", "enrolment_id", "course_id", "training.courses", "course_id", "true"),
    ):
        if compared is not None:
            waiting = platform.rows(
                f"SELECT count(*) AS number FROM {table} w JOIN {of} o ON o.{what} = w.{pool}"
                " WHERE w.status = 'waitlisted'"
            )
            compared[f"waiting-for-{of}"] += waiting[0]["number"]
        behind = platform.rows(
            f"SELECT w.{key} AS id FROM {table} w JOIN {table} p USING ({pool})"
            " WHERE w.status = 'waitlisted' AND p.status = 'offered' AND p.queue_number > w.queue_number"
        )
        found += [f"{table} {row['id']} waits behind one whose turn comes later" for row in behind]
        idle = platform.rows(
            f"SELECT w.{key} AS id FROM {table} w JOIN {of} o ON o.{what} = w.{pool}"
            f" WHERE w.status = 'waitlisted' AND {alone} AND o.places_taken < o.places"
            " AND o.status IN ('published', 'planned') AND NOT EXISTS ("
            f" SELECT FROM {table} e WHERE e.{pool} = w.{pool} AND e.status = 'waitlisted'"
            " AND e.queue_number < w.queue_number)"
        )
        found += [f"{table} {row['id']} waits although a place is free" for row in idle]
    return found
