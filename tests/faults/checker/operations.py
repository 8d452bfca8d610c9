"""What was acknowledged is there, what was refused is not, what is unknown is whole or absent, and nothing else is there."""

from collections import Counter

from tests.faults.impatience import Sought
from tests.faults.journal import Outcome
from tests.system.platform import RunningPlatform

TABLES = {"matching": ("matching.offers", "offer_id"), "training": ("training.courses", "course_id")}


def wrong_operations(platform: RunningPlatform, done: list[Sought]) -> list[str]:
    """Of the client that asks once, by the titles that only it gives."""
    found: list[str] = []
    for service, (table, key) in TABLES.items():
        rows = platform.rows(f"SELECT {key}::text AS id, title FROM {table} WHERE title LIKE %s", "% op-%")
        titles = {row["id"]: row["title"] for row in rows}
        here = [each for each in done if each.service == service]
        may_be_there = {each.title for each in here if each.outcome is not Outcome.REFUSED}
        found += [f"{table}: nobody asked for {title!r}" for title in titles.values() if title not in may_be_there]
        found += [
            f"{table}: {title!r} is there {times} times"
            for title, times in Counter(titles.values()).items()
            if times > 1
        ]
        found += _of_each(table, here, titles)
    return found


def _of_each(table: str, here: list[Sought], titles: dict[str, str]) -> list[str]:
    """The last acknowledged title of each thing, or the one that was asked for after it without an answer."""
    expected: dict[str, set[str]] = {}
    for each in here:
        if each.identifier is None:
            continue
        if each.outcome is Outcome.ACKNOWLEDGED:
            expected[each.identifier] = {each.title}
        elif each.outcome is Outcome.UNKNOWN:
            expected[each.identifier] = expected.get(each.identifier, set()) | {each.title}
    return [
        f"{table} {identifier}: {titles.get(identifier)!r}, should be one of {sorted(allowed)}"
        for identifier, allowed in expected.items()
        if titles.get(identifier) not in allowed
    ]
