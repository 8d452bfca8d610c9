"""Replay: a read model is built anew beside the old one, from the topic's beginning, then swapped in one instant.

The old table serves and follows its topic meanwhile. For the swap the old table is locked, the new one catches up with
the last records, and takes the name; what the live consumer applies after that falls on the new table, by version. Run as
the schema's owner: the runtime role may not change tables.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, cast

import asyncpg
import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.contracts.topics import PARTITIONS
from shared.messaging.connection import consumer_arguments
from shared.messaging.projection import Projection
from shared.messaging.record import Item, decode
from shared.postgres.database import prepare_connection
from shared.runtime.clock import Clock
from shared.runtime.ids import new_id
from shared.runtime.settings import ConfigurationError, Settings

log = structlog.get_logger()

SUFFIX = "__beside"
LOCK_SECONDS = 10


class Replay:
    """One rebuild of one projection."""

    def __init__(self, service: str, projection: Projection, settings: Settings, clock: Clock) -> None:
        self._service = service
        self._projection = projection
        self._settings = settings
        self._clock = clock
        self._beside = f"{projection.table}{SUFFIX}"
        self._partitions = [TopicPartition(projection.topic, number) for number in range(PARTITIONS)]
        self.records = 0

    async def run(self) -> int:
        """Build beside and swap; the number of records read. Running it again, also after a crash, is safe.

        Raises
        ------
        ConfigurationError
            TANDEM_POSTGRES_OWNER_DSN is missing.
        """
        if self._settings.postgres_owner_dsn is None:
            raise ConfigurationError("TANDEM_POSTGRES_OWNER_DSN: needed to build a table beside")
        owner = await asyncpg.connect(
            self._settings.postgres_owner_dsn.get_secret_value(), server_settings={"search_path": self._service}
        )
        await prepare_connection(owner)
        group = f"{self._service}.replay-{self._projection.name}-{new_id()}"
        kafka = AIOKafkaConsumer(group_id=group, **consumer_arguments(self._settings))
        await kafka.start()
        try:
            kafka.assign(self._partitions)
            await kafka.seek_to_beginning(*self._partitions)
            # One transaction: a rebuild that is killed leaves no table with persons in it whom nobody would erase there.
            async with owner.transaction():
                await self._build(owner, kafka)
                await self._swap(owner, kafka)
        finally:
            await kafka.stop()
            await owner.close()
        log.info("read-model-swapped", projection=self._projection.name, records=self.records)
        return self.records

    async def _build(self, owner: "asyncpg.Connection[Any]", kafka: AIOKafkaConsumer) -> None:
        table = self._projection.table
        await owner.execute(f"DROP TABLE IF EXISTS {self._beside}")
        await owner.execute(f"CREATE TABLE {self._beside} (LIKE {table} INCLUDING ALL)")
        await self._catch_up(owner, kafka)

    async def _swap(self, owner: "asyncpg.Connection[Any]", kafka: AIOKafkaConsumer) -> None:
        table, beside = self._projection.table, self._beside
        await owner.execute(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
        await owner.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        await self._catch_up(owner, kafka)
        grants = await owner.fetch(
            "SELECT grantee, string_agg(privilege_type, ', ') AS privileges FROM information_schema.table_privileges "
            "WHERE table_schema = $1 AND table_name = $2 AND grantee <> grantor GROUP BY grantee",
            self._service,
            table,
        )
        comment = await owner.fetchval("SELECT obj_description($1::regclass, 'pg_class')", table)
        old_names = await self._index_names(owner, table)
        new_names = await self._index_names(owner, beside)
        await owner.execute(f"DROP TABLE {table}")
        await owner.execute(f"ALTER TABLE {beside} RENAME TO {table}")
        for definition, name in new_names.items():
            await owner.execute(f'ALTER INDEX "{name}" RENAME TO "{old_names[definition]}"')
        if comment is not None:
            await owner.execute(f"COMMENT ON TABLE {table} IS {_quoted(comment)}")
        for grant in grants:
            await owner.execute(f'GRANT {grant["privileges"]} ON {table} TO "{grant["grantee"]}"')

    async def _index_names(self, owner: "asyncpg.Connection[Any]", table: str) -> dict[str, str]:
        """Names of a table's indexes by what they index."""
        rows = await owner.fetch(
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = $1 AND tablename = $2", self._service, table
        )
        return {
            ("UNIQUE " if "UNIQUE" in row["indexdef"] else "") + row["indexdef"].partition(" USING ")[2]: row[
                "indexname"
            ]
            for row in rows
        }

    async def _catch_up(self, owner: "asyncpg.Connection[Any]", kafka: AIOKafkaConsumer) -> None:
        """Apply everything up to the ends that the partitions have now."""
        ends = await kafka.end_offsets(self._partitions)
        wanted = set(self._projection.wanted)
        while True:
            behind = [at for at in self._partitions if await kafka.position(at) < ends[at]]
            if not behind:
                return
            batches = await kafka.getmany(*behind, timeout_ms=200, max_records=self._settings.consumer_batch)
            items: list[Item] = []
            for records in batches.values():
                items += [item for record in records if (item := decode(cast(Any, record), wanted)).reason is None]
                self.records += len(records)
            usable = [item for item in items if not item.ignored]
            if usable:
                await self._apply(owner, usable)
            await asyncio.sleep(0)

    async def _apply(self, owner: "asyncpg.Connection[Any]", items: Sequence[Item]) -> None:
        """All together; halved again and again when the table does not take something in, until that is left out alone.

        Consumers have set it aside, and the read model was without it before.
        """
        try:
            async with owner.transaction():
                await self._projection.apply(owner, items, self._clock.now(), table=self._beside)
        except (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError) as error:
            if len(items) == 1:
                log.warning("record-left-out", projection=self._projection.name, error=type(error).__name__)
                return
            middle = len(items) // 2
            for half in (items[:middle], items[middle:]):
                await self._apply(owner, half)


def _quoted(text: str) -> str:
    """A literal; COMMENT takes no parameter."""
    return "'" + text.replace("'", "''") + "'"
