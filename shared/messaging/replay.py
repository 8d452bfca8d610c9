"""Replay: a read model is built anew beside the old one, from the topic's beginning, then taken over in one transaction.

The old table serves and follows its topic meanwhile. At the end it is locked against its consumer, the new one catches up
with the last records, and every row in which the two differ is made what the new one says; what the consumer applies after
that is compared by version, as ever. A table that took the other's name would leave behind what hangs on the old one: views
(which forbid to drop it at all) and triggers. Run as the schema's owner: the runtime role may not make tables.
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
COLUMNS = """SELECT attname FROM pg_attribute
WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum"""


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
        """Build beside and take over; the number of records read. Running it again, also after a crash, is safe.

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
                await self._take_over(owner, kafka)
        finally:
            await kafka.stop()
            await owner.close()
        log.info("read-model-rebuilt", projection=self._projection.name, records=self.records)
        return self.records

    async def _build(self, owner: "asyncpg.Connection[Any]", kafka: AIOKafkaConsumer) -> None:
        table = self._projection.table
        await owner.execute(f"DROP TABLE IF EXISTS {self._beside}")
        await owner.execute(f"CREATE TABLE {self._beside} (LIKE {table} INCLUDING ALL)")
        await self._catch_up(owner, kafka)

    async def _take_over(self, owner: "asyncpg.Connection[Any]", kafka: AIOKafkaConsumer) -> None:
        """Make the live table say what the new one says, row by row where they differ, and drop the new one.

        The live table stays what it is, with the views that read it, its triggers, indexes and grants. Whoever reads it
        waits for nothing, only its consumer does.
        """
        live, beside, key = self._projection.table, self._beside, self._projection.key
        await owner.execute(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
        await owner.execute(f"LOCK TABLE {live} IN SHARE ROW EXCLUSIVE MODE")
        await self._catch_up(owner, kafka)
        await owner.execute(f"ANALYZE {beside}")
        columns = [row["attname"] for row in await owner.fetch(COLUMNS, live)]
        others = [column for column in columns if column != key]
        await owner.execute(
            f"DELETE FROM {live} AS live WHERE NOT EXISTS (SELECT FROM {beside} AS new WHERE new.{key} = live.{key})"
        )
        # As text, because some types have no equality.
        await owner.execute(
            f"INSERT INTO {live} AS live ({', '.join(columns)}) SELECT {', '.join(columns)} FROM {beside} "
            f"ON CONFLICT ({key}) DO UPDATE SET {', '.join(f'{each} = excluded.{each}' for each in others)} "
            f"WHERE ROW({', '.join(f'live.{each}' for each in others)})::text "
            f"IS DISTINCT FROM ROW({', '.join(f'excluded.{each}' for each in others)})::text"
        )
        await owner.execute(f"DROP TABLE {beside}")

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
