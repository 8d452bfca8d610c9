"""Servers of their own and the platform's real processes, for measuring; courses in any number."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid5

import asyncpg
import psycopg

from deploy.local import preparation
from deploy.local.environment import DEVELOPMENT_ISSUER
from shared.contracts.topics import SERVICES
from shared.contracts.vocabulary import Role
from tests.support.platform import PlatformDatabase
from tests.support.servers import KafkaServer, PostgresServer, start_kafka, start_mailbox, start_postgres
from tests.system.platform import KINDS, RunningPlatform
from tests.system.processes import ServiceProcess

NAMES = UUID("0d4f4d1c-7a0c-4a6f-8f0e-3b9a6a3f5c11")
ORGANISATION = uuid5(NAMES, "organisation")
TRAINER = "benchmark-trainer"
DISTRICT, POSTAL_CODE = "03351", "29221"

_POSTGRES = (
    "ALTER SYSTEM SET shared_buffers = '1GB'",
    "ALTER SYSTEM SET max_wal_size = '8GB'",
    # Tells exactly when a change became visible, in either schema.
    "ALTER SYSTEM SET track_commit_timestamp = on",
)

_PEOPLE = """
INSERT INTO {service}.organisations SELECT * FROM jsonb_populate_record(
    NULL::{service}.organisations,
    jsonb_build_object('organisation_id', %(organisation)s, 'version', 1, 'status', 'verified', 'name', 'Benchmark'));
INSERT INTO {service}.members (subject_id, version, issuer, subject, memberships)
VALUES (%(trainer)s, 1, %(issuer)s, %(subject)s, jsonb_build_array(jsonb_build_object(
    'organisation_id', %(organisation)s, 'role', %(role)s, 'districts', jsonb_build_array(%(district)s))));
"""

# Two sessions each, over a year from tomorrow, in the order of ids as they are made: by time.
_COURSES = """
INSERT INTO training.courses (course_id, version, organisation_id, title, grants, district, postal_code, languages,
    places, status, starts_at, ends_at)
SELECT uuidv7(n * interval '1 millisecond' - interval '1 day'), 1, %(organisation)s, 'Course ' || n, 'basic', %(district)s,
    %(postal)s, '{{de}}', 20, 'published', begins, begins + interval '8 days'
FROM (SELECT n, date_trunc('hour', now()) + interval '1 day' + n * interval '1 year' / {courses} AS begins
      FROM generate_series(1, {courses}) AS n) AS made;
INSERT INTO training.sessions (session_id, course_id, starts_at, ends_at)
SELECT uuidv7(), course_id, begins, begins + interval '3 hours'
FROM training.courses
CROSS JOIN LATERAL (SELECT starts_at + n * interval '7 days' AS begins FROM generate_series(0, 1) AS n);
INSERT INTO matching.courses (course_id, version, organisation_id, title, grants, district, postal_code, starts_at,
    first_ends_at)
SELECT course_id, 1, organisation_id, title, grants, district, postal_code, starts_at, starts_at + interval '3 hours'
FROM training.courses;
"""


@dataclass(frozen=True)
class Servers:
    """Kafka, Postgres and the mailbox, on free ports."""

    kafka: KafkaServer
    postgres: PostgresServer
    folder: Path


@contextmanager
def servers(folder: Path) -> Iterator["Stage"]:
    """Start them, with memory for a large database; they end with the block."""
    kafka = start_kafka(folder / "kafka")
    postgres = start_postgres(folder / "postgres")
    mailbox = start_mailbox(folder / "mailbox")
    try:
        with psycopg.connect(postgres.admin_dsn, autocommit=True) as connection:
            for statement in _POSTGRES:
                connection.execute(statement.encode())
        postgres.restart()
        stage = Stage(folder / "platform", kafka, postgres, mailbox)
        yield stage
    finally:
        mailbox.stop()
        kafka.stop()
        postgres.stop()


class Stage(RunningPlatform):
    """A platform whose processes are started one by one, over so many courses."""

    @contextmanager
    def filled(self, courses: int) -> Iterator["Stage"]:
        """A fresh database with so many courses, empty topics; all that runs is stopped in the end."""
        self._empty_topics()
        self._provision_database()
        for service in SERVICES:
            self.run(service, "migrate")
        preparation.prepare(self.platform)
        self._fill(courses)
        try:
            yield self
        finally:
            self.close()

    def started(self, *names: str) -> list[ServiceProcess]:
        """These processes (`training-api-1`), running and ready; all others stopped."""
        self.stop_all(process for name, process in self.processes.items() if name not in names)
        wanted = [self.processes[name] for name in names]
        self.start_all(wanted)
        return wanted

    def one_of_each(self) -> list[ServiceProcess]:
        """An api and a worker of every service, running."""
        return self.started(*(f"{service}-{kind}-1" for service in SERVICES for kind in KINDS))

    def trainer_token(self) -> str:
        """Of the one who may publish courses."""
        return self.staff_token(TRAINER)

    @property
    def database(self) -> PlatformDatabase:
        """The same database as tests in one process see it."""
        return PlatformDatabase(self.platform.database, self.postgres.admin_dsn, self.kafka)

    async def forget_events(self) -> None:
        """What waits in the outbox of training is never published."""
        connection = await asyncpg.connect(self.database.admin_dsn)
        await connection.execute("TRUNCATE training.outbox")
        await connection.close()

    def course_ids(self, at_most: int = 10_000) -> Sequence[UUID]:
        """Ids of courses, spread over all of them."""
        rows = self.rows("SELECT course_id FROM training.courses ORDER BY md5(course_id::text) LIMIT %s", at_most)
        return [row["course_id"] for row in rows]

    def _fill(self, courses: int) -> None:
        told = {
            "organisation": str(ORGANISATION),
            "trainer": str(uuid5(NAMES, TRAINER)),
            "issuer": DEVELOPMENT_ISSUER,
            "subject": TRAINER,
            "role": Role.TRAINER.value,
            "district": DISTRICT,
            "postal": POSTAL_CODE,
        }
        with psycopg.connect(self.database.admin_dsn, autocommit=True) as connection:
            cursor = psycopg.ClientCursor(connection)
            cursor.execute(_PEOPLE.format(service="training").encode(), told)
            cursor.execute(_COURSES.format(courses=courses).encode(), told)
            cursor.execute(b"VACUUM (ANALYZE)")
