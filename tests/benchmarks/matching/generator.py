"""Fills an empty, migrated matching with a population: `python -m tests.benchmarks.matching.generator DSN 1000000 100000`.

Only what other services and people tell is generated; the postings are then made by the same function that keeps them up to
date in operation.
"""

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import numpy as np
import psycopg
from psycopg import sql

from tests.benchmarks.matching.population import (
    ACTIVITIES,
    DAYS,
    LANGUAGES,
    LEVELS,
    NOW,
    PARTS,
    QUALIFICATIONS,
    SKILLS,
    STARTS,
    TODAY,
    TOPICS,
    TRAVEL,
    Column,
    Population,
)

CHUNK = 20_000
DAY = timedelta(days=1)
BEGINS, ENDS = TODAY + 10 * DAY, TODAY + 40 * DAY
"""Of every offer that is dated; whoever is away is away for longer."""


def fill(admin_dsn: str, population: Population) -> float:
    """Write the whole population, post it and gather statistics; seconds."""
    begun = time.monotonic()
    with psycopg.connect(admin_dsn, autocommit=True, options="-csearch_path=matching") as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET synchronous_commit = off")
        connection.execute("SET maintenance_work_mem = '512MB'")
        with _indexed_afterwards(connection):
            for table, columns, rows in _tables(population):
                _copy(connection, table, columns, rows)
        connection.execute("ANALYZE")
    _post(admin_dsn)
    with psycopg.connect(admin_dsn, autocommit=True, options="-csearch_path=matching") as connection:
        connection.execute("SET maintenance_work_mem = '512MB'")
        connection.execute("VACUUM (ANALYZE)")
        connection.execute(_SHARES)
    return time.monotonic() - begun


_SHARES = b"SELECT count_postings()"
_INDEXES = """
SELECT c.relname, pg_get_indexdef(c.oid)
FROM pg_index AS x JOIN pg_class AS c ON c.oid = x.indexrelid
WHERE c.relnamespace = 'matching'::regnamespace AND NOT x.indisprimary
  AND NOT EXISTS (SELECT FROM pg_constraint AS constrained WHERE constrained.conindid = x.indexrelid)
ORDER BY c.relname
"""


@contextmanager
def _indexed_afterwards(connection: "psycopg.Connection[tuple[object, ...]]") -> Iterator[None]:
    found = connection.execute(_INDEXES).fetchall()
    for name, _ in found:
        connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(str(name))))
    yield
    for _, definition in found:
        connection.execute(str(definition).encode())


def _copy(
    connection: "psycopg.Connection[tuple[object, ...]]", table: str, columns: str, rows: Iterable[Sequence[object]]
) -> None:
    names = sql.SQL(", ").join(map(sql.Identifier, columns.split()))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        lines: list[str] = []
        for row in rows:
            lines.append("\t".join(map(str, row)))
            if len(lines) == CHUNK:
                copy.write("\n".join(lines) + "\n")
                lines = []
        if lines:
            copy.write("\n".join(lines) + "\n")


def _post(admin_dsn: str) -> None:
    """All at once what `post_volunteers` and `post_offers` do for some; by two connections: there are two cores at least."""
    with psycopg.connect(admin_dsn, autocommit=True, options="-csearch_path=matching") as connection:
        connection.execute("SET maintenance_work_mem = '1GB'")
        (definition,) = connection.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'postings_pkey'"
        ).fetchone() or ("",)
        connection.execute("ALTER TABLE postings DROP CONSTRAINT postings_pkey")
        for kind, vocabulary in _NUMBERED.items():
            connection.execute("SELECT number_words(%s, %s)", [kind, list(vocabulary)])
        with ThreadPoolExecutor(2) as both:
            list(both.map(lambda half: _post_half(admin_dsn, half), (0, 1)))
        connection.execute(f"ALTER TABLE postings ADD CONSTRAINT postings_pkey {definition}".encode())


def _post_half(admin_dsn: str, half: int) -> None:
    with psycopg.connect(admin_dsn, autocommit=True, options="-csearch_path=matching") as connection:
        connection.execute("SET synchronous_commit = off")
        connection.execute("SET jit = off")
        for statement in (_POSTINGS, _OFFER_POSTINGS):
            connection.execute(statement.format("<" if half else ">=").encode())


_NUMBERED = {"language": LANGUAGES, "topic": TOPICS, "skill": SKILLS, "qualification": QUALIFICATIONS}
_POSTINGS = """
WITH posted AS MATERIALIZED (
    SELECT * FROM volunteers_to_post WHERE postal_code {} '50000'
), standing AS (
    INSERT INTO standings (volunteer_id, postal_code, reach_km, terms)
    SELECT volunteer_id, postal_code, reach_km, terms FROM posted
)
INSERT INTO postings
SELECT term, w.postal_code, w.volunteer_id, w.district, w.reach_km, w.age_reached, w.travel, w.experience, w.slots,
    w.asked_week, w.asked, w.languages, w.wishes, w.skills, w.qualifications, w.waiting_since, w.tellable
FROM posted AS w CROSS JOIN LATERAL unnest(w.terms) AS given (term)
"""
_OFFER_POSTINGS = "INSERT INTO offer_postings SELECT * FROM offers_to_post WHERE postal_code {} '50000'"


def _tables(population: Population) -> Iterator[tuple[str, str, Iterable[Sequence[object]]]]:
    yield "places", "postal_code version name latitude longitude districts", _places(population)
    yield (
        "organisations",
        "organisation_id version name status",
        (
            (population.organisation_id(number), 1, f"Demo-Organisation {number}", "verified")
            for number in range(population.organisations)
        ),
    )
    yield "members", "subject_id version issuer subject memberships", _members(population)
    yield "volunteers", _VOLUNTEER, _volunteers(population)
    yield (
        "qualifications",
        "qualification_id version volunteer_id qualification granted_on",
        _qualifications(population),
    )
    yield (
        "clearances",
        "clearance_id version volunteer_id organisation_id legal_basis kind_of_activity valid_until",
        _clearances(population),
    )
    yield (
        "consents",
        "volunteer_id version purposes",
        (
            (population.volunteer_id(number), 1, "{processing,suggestions_by_mail}")
            for number in range(population.volunteers)
        ),
    )
    yield "offers", _OFFER, _offers(population)
    yield "placements", _PLACEMENT, _placements(population)
    yield "asks", "volunteer_id offer_id kind asked_at", _asks(population)
    yield "declined_topics", "volunteer_id topic declined_at", _declined(population)


def _places(population: Population) -> Iterator[Sequence[object]]:
    for code, (latitude, longitude) in zip(population.codes, population.positions.tolist(), strict=True):
        yield code, 1, f"Demo-Ort {code}", latitude, longitude, f"{{{code[:3]}00}}"


def _members(population: Population) -> Iterator[Sequence[object]]:
    """One coordinator for each organisation, in all districts."""
    districts = ",".join(f'"{number:05d}"' for number in range(0, 100_000, 100))
    for number in range(population.organisations):
        membership = (
            f'[{{"organisation_id":"{population.organisation_id(number)}","role":"coordinator",'
            f'"districts":[{districts if number < 50 else ""}],"is_verified":true}}]'
        )
        yield population.coordinator_id(number), 1, "https://sign-in.example", f"member-{number}", membership


_VOLUNTEER = (
    "volunteer_id version languages skills wishes availability absences reach_km travel postal_code district age_reached "
    "paused undertaking_valid registered_at"
)


def _volunteers(population: Population) -> Iterator[Sequence[object]]:
    v = population.v
    spoken = [[f'{{"language":"{code}","level":"{level}"}}' for level in LEVELS] for code in LANGUAGES]
    free = [f'{{"day":"{day}","part":"{part}"}}' for day in DAYS for part in PARTS]
    away = f'[{{"first_day":"{BEGINS - DAY}","last_day":"{ENDS + DAY}"}}]'
    columns = (
        v["levels"].tolist(), v["skills"].tolist(), v["wishes"].tolist(), v["slots"].tolist(), v["away"].tolist(),
        v["reach"].tolist(), v["travel"].tolist(), v["place"].tolist(), v["age"].tolist(), v["paused"].tolist(),
        v["registered"].tolist(),
    )  # fmt: skip
    for number, (levels, skills, wishes, slots, is_away, reach, travel, place, age, paused, registered) in enumerate(
        zip(*columns, strict=True)
    ):
        languages = ",".join(spoken[which][level - 1] for which, level in enumerate(levels) if level)
        code = population.codes[place]
        yield (
            population.volunteer_id(number),
            1,
            f"[{languages}]",
            words(skills, SKILLS),
            words(wishes, TOPICS),
            f"[{','.join(free[slot] for slot in members(slots))}]",
            away if is_away else "[]",
            reach,
            f"{{{TRAVEL[travel]}}}",
            code,
            f"{code[:3]}00",
            age or "\\N",
            "t" if paused else "f",
            "t",
            instant(registered),
        )


def members(of: int) -> list[int]:
    """Which bits are set."""
    return [number for number in range(of.bit_length()) if of >> number & 1]


def words(of: int, vocabulary: Sequence[str]) -> str:
    """A set as an array of text."""
    return "{" + ",".join(vocabulary[number] for number in members(of)) + "}"


def instant(at: int) -> str:
    """Microseconds since 1970 as a timestamp."""
    since = NOW + timedelta(microseconds=at - int(NOW.timestamp()) * 1_000_000)
    return since.isoformat()


def _qualifications(population: Population) -> Iterator[Sequence[object]]:
    for number, held in enumerate(population.v["qualifications"].tolist()):
        for which in members(held):
            identity = f"{which:08x}-0000-7000-8001-{number:012x}"
            yield identity, 1, population.volunteer_id(number), QUALIFICATIONS[which], TODAY - 100 * DAY


def _clearances(population: Population) -> Iterator[Sequence[object]]:
    for number, held in enumerate(population.v["clearance"].tolist()):
        if held >= 0:
            identity = f"00000000-0000-7000-8002-{number:012x}"
            organisation, activity = population.organisation_id(held // 2), ACTIVITIES[held % 2]
            yield identity, 1, population.volunteer_id(number), organisation, "sgb8_72a", activity, TODAY + 300 * DAY


_OFFER = (
    "offer_id version organisation_id coordinator_id title description topic district postal_code weekly starts_on ends_on "
    "languages_required languages_welcome qualifications minimum_age places urgency status is_settled created_at "
    "changed_at language_levels skills_required skills_welcome clearance_basis clearance_activity urgency_set_at "
    "urgency_half_life_days effective_urgency effective_on confirmed_on days last_queue_number"
)


def _offers(population: Population) -> Iterator[Sequence[object]]:
    o = population.o
    columns: dict[str, Column] = {name: column.tolist() for name, column in o.items()}
    requests = population.requests.tolist()
    for number in range(population.offers):
        row = {name: column[number] for name, column in columns.items()}
        code, set_at = population.codes[row["place"]], NOW - row["set_days"] * DAY
        required = [which for which in row["required"] if which >= 0]
        levels = [level for which, level in zip(row["required"], row["required_level"], strict=True) if which >= 0]
        left = 1 + (row["urgency"] - 1) * (2 ** -(row["set_days"] / row["half_life"]) if row["half_life"] else 1)
        yield (
            population.offer_id(number),
            1,
            population.organisation_id(row["organisation"]),
            population.coordinator_id(row["organisation"]),
            f"Demo-Angebot {number}",
            "",
            TOPICS[row["topic"]],
            f"{code[:3]}00",
            code,
            weekly(row["times"], row["length"]),
            BEGINS if row["dated"] else "\\N",
            ENDS if row["dated"] else "\\N",
            "{" + ",".join(LANGUAGES[which] for which in required) + "}",
            f"{{{LANGUAGES[row['welcome']] if row['welcome'] >= 0 else ''}}}",
            f"{{{QUALIFICATIONS[row['qualification']] if row['qualification'] >= 0 else ''}}}",
            row["minimum_age"] or "\\N",
            5,
            row["urgency"],
            "published" if row["open"] else "closed",
            "f" if row["open"] else "t",
            set_at,
            set_at,
            "{" + ",".join(LEVELS[level - 1] for level in levels) + "}",
            words(row["skills_required"], SKILLS),
            words(row["skills_welcome"], SKILLS),
            "sgb8_72a" if row["clearance"] >= 0 else "\\N",
            ACTIVITIES[row["clearance"]] if row["clearance"] >= 0 else "\\N",
            set_at,
            row["half_life"] or "\\N",
            left,
            TODAY,
            TODAY,
            "{" + ",".join(dict.fromkeys(DAYS[slot // 4] for slot in row["times"] if slot >= 0)) + "}",
            requests[number],
        )


def weekly(times: Sequence[int], lengths: Sequence[int]) -> str:
    """The weekly times, each within one part of a day."""
    told = []
    for slot, length in zip(times, lengths, strict=True):
        if slot >= 0:
            start = STARTS[slot % 4]
            end = start + length
            told.append(
                f'{{"day":"{DAYS[slot // 4]}","start":"{start // 60:02}:{start % 60:02}",'
                f'"end":"{end // 60:02}:{end % 60:02}"}}'
            )
    return f"[{','.join(told)}]"


_PLACEMENT = (
    "placement_id version offer_id organisation_id volunteer_id status queue_number requested_at changed_at "
    "confirmed_at"
)


def _placements(population: Population) -> Iterator[Sequence[object]]:
    """Each came to its end on the day from which on the volunteer waits."""
    queue = [0] * population.offers
    rows = zip(
        population.v["placements"].tolist(), population.v["registered"].tolist(), population.v["chosen"].tolist(),
        strict=True,
    )  # fmt: skip
    for number, (count, at, chosen) in enumerate(rows):
        for which in range(count):
            offer = population.placed_with(chosen, which)
            queue[offer] += 1
            yield (
                f"{which:08x}-0000-7000-8003-{number:012x}",
                3,
                population.offer_id(offer),
                population.organisation_id(int(population.o["organisation"][offer])),
                population.volunteer_id(number),
                "ended",
                queue[offer],
                instant(at),
                instant(at),
                instant(at),
            )


def _asks(population: Population) -> Iterator[Sequence[object]]:
    """In the weeks before this one, and in this one so long ago that the week is not full."""
    asked = population.v["asks"]
    for number in np.flatnonzero(asked.sum(axis=1)).tolist():
        for week, count in enumerate(asked[number].tolist()):
            for which in range(count):
                # 22 November 2026 is a Sunday: its calendar week began on the 16th.
                at = NOW - week * 7 * DAY - (1 + which) * DAY
                yield population.volunteer_id(number), population.offer_id(which % population.offers), "told", at


def _declined(population: Population) -> Iterator[Sequence[object]]:
    topics, days = population.v["declined"], population.v["declined_days"]
    for number in (topics >= 0).nonzero()[0].tolist():
        yield population.volunteer_id(number), TOPICS[topics[number]], NOW - int(days[number]) * DAY


if __name__ == "__main__":
    size = Population(int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]) if len(sys.argv) > 4 else 1)
    print(f"{fill(sys.argv[1], size):.1f} s")  # noqa: T201
