"""Merges in the database: rows that change their person, and what is kept to take them back.

Which tables belong to a volunteer stands here, in one list; the statements follow from it.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.registry.models.clearances import StoredClearance
from services.registry.models.duplicates import Added, Kept, Merge, MergeAnswer
from shared.postgres.lists import Asked, ListQuery
from shared.postgres.queries import load_queries

queries: Any = load_queries(__file__, "merges.sql")
_LISTED = ListQuery(__file__, "merges.sql", "merges_listed", sorts={"merge_id": None}, key="m.merge_id")


@dataclass(frozen=True)
class Theirs:
    """A table whose rows belong to a volunteer.

    `once`: besides the person, what there is once of (None: no limit); a row that has its like under the other id stays
    behind and is kept. `only`: which rows of the table are meant. `stays`: which of them stay behind whatever the other
    one has.
    """

    table: str
    key: str
    kind: str
    person: str = "volunteer_id"
    once: tuple[str, ...] | None = None
    only: str = "true"
    stays: str = "false"


PURPOSES_OF_CHARACTERISTICS = ("migration_experience", "age_band")
_OF_CHARACTERISTICS = f"t.purpose IN {PURPOSES_OF_CHARACTERISTICS}"
_CHOSEN_BY_CHARACTERISTICS = (
    "EXISTS (SELECT FROM campaigns AS k WHERE k.campaign_id = t.campaign_id"
    " AND (k.own_migration_experience OR cardinality(k.age_bands) > 0))"
)
LEDGER = Theirs("consents", "position", "bigint", stays=_OF_CHARACTERISTICS)
CHARACTERISTICS = Theirs("characteristics", "characteristic", "text")
LINKS = Theirs("external_ids", "link_id", "uuid", "id", ("source",), "t.kind = 'volunteers'")
THEIRS = (
    Theirs("undertakings", "text_version", "text", once=("text_version",)),
    Theirs("support_requests", "request_id", "uuid"),
    Theirs("person_requests", "request_id", "uuid", "subject_id"),
    # Read models: matching tells of them under the new id in a moment; until then nothing may look ended.
    Theirs("placements", "placement_id", "uuid"),
    Theirs("clearance_placements", "placement_id", "uuid"),
    Theirs("campaign_calls", "campaign_id", "uuid", once=("campaign_id",), stays=_CHOSEN_BY_CHARACTERISTICS),
    Theirs("group_invitations", "invitation_id", "uuid", once=("group_id",)),
    LINKS,
)
STASHED = {each.table: each for each in (*THEIRS, LEDGER, CHARACTERISTICS, Theirs("group_members", "group_id", "uuid"))}


async def move(connection: Any, theirs: Theirs, from_id: UUID, to_id: UUID) -> list[Any]:
    """Rows change their person, but for those that have their like under the other id; the keys of those that did."""
    free = "true"
    if theirs.once is not None:
        same = " AND ".join(f"o.{column} IS NOT DISTINCT FROM t.{column}" for column in theirs.once)
        other = theirs.only.replace("t.", "o.")
        free = f"NOT EXISTS (SELECT FROM {theirs.table} AS o WHERE o.{theirs.person} = $2 AND {other} AND {same})"
    rows = await connection.fetch(
        f"UPDATE {theirs.table} AS t SET {theirs.person} = $2 "
        f"WHERE t.{theirs.person} = $1 AND {theirs.only} AND NOT ({theirs.stays}) AND {free} "
        f"RETURNING t.{theirs.key} AS key",
        from_id,
        to_id,
    )
    return [str(key) if isinstance(key := row["key"], UUID) else key for row in rows]


async def move_back(connection: Any, theirs: Theirs, from_id: UUID, to_id: UUID, keys: Sequence[Any]) -> None:
    """Just these rows change their person, as far as they are still there."""
    await connection.execute(
        f"UPDATE {theirs.table} AS t SET {theirs.person} = $2 "
        f"WHERE t.{theirs.person} = $1 AND {theirs.only} AND t.{theirs.key} = ANY ($3::{theirs.kind}[])",
        from_id,
        to_id,
        list(keys),
    )


async def left(connection: Any, theirs: Theirs, volunteer_id: UUID) -> list[dict[str, Any]]:
    """The rows that did not move, as they are."""
    rows = await connection.fetch(
        f"SELECT to_jsonb(t) AS kept FROM {theirs.table} AS t WHERE t.{theirs.person} = $1 AND {theirs.only}",
        volunteer_id,
    )
    return [row["kept"] for row in rows]


async def remove_left(connection: Any, theirs: Theirs, volunteer_id: UUID) -> None:
    """Rows that did not move go; they are kept elsewhere."""
    await connection.execute(
        f"DELETE FROM {theirs.table} AS t WHERE t.{theirs.person} = $1 AND {theirs.only}", volunteer_id
    )


async def restore(connection: Any, table: str, rows: Sequence[dict[str, Any]]) -> None:
    """Rows are there again as they were, unless their like has come meanwhile."""
    if table not in STASHED and table != "consent_proofs":
        raise ValueError(f"{table} is not kept")
    await connection.execute(
        f"INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT restored.* "
        f"FROM jsonb_array_elements($1::jsonb) AS kept "
        f"CROSS JOIN column_defaults('{table}') AS defaults "
        f"CROSS JOIN LATERAL jsonb_populate_record(NULL::{table}, defaults || kept) AS restored ON CONFLICT DO NOTHING",
        list(rows),
    )


async def chosen_by_characteristics(connection: Any, campaign_ids: Collection[str]) -> set[str]:
    """Those of some campaigns that tell of a characteristic of whom they called."""
    rows = await queries.chosen_by_characteristics(connection, campaign_ids=list(campaign_ids))
    return {str(row["campaign_id"]) for row in rows}


async def proofs_of(connection: Any, links: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """What associations say of consents, for some links."""
    rows = await queries.proofs_of_links(connection, link_ids=[link["link_id"] for link in links])
    return [row["kept"] for row in rows]


async def bring_links_back(connection: Any, links: Sequence[dict[str, Any]]) -> None:
    """They are not kept out of imports any more."""
    await queries.bring_links_back(connection, links=list(links))


async def ask_about_links(connection: Any, link_ids: Sequence[str]) -> list[str]:
    """What they lead to did not come into being by an import; which of them were such until now."""
    rows = await queries.ask_about_links(connection, link_ids=list(link_ids))
    return [str(row["link_id"]) for row in rows]


async def import_links_again(connection: Any, volunteer_id: UUID, link_ids: Sequence[str]) -> None:
    """Those of them that lead to this volunteer do so by an import again."""
    await queries.import_links_again(connection, volunteer_id=volunteer_id, link_ids=list(link_ids))


async def clearances_of(
    connection: Any, volunteer_id: UUID, only: Sequence[Any] | None = None
) -> list[StoredClearance]:
    """The clearances of a volunteer, or some of them, locked."""
    ids = None if only is None else list(only)
    rows = await queries.clearances_of_person(connection, volunteer_id=volunteer_id, only=ids)
    return [StoredClearance.of(row) for row in rows]


async def move_clearance(connection: Any, clearance_id: UUID, to_id: UUID) -> None:
    """A locked clearance changes its person."""
    await queries.move_clearance(connection, clearance_id=clearance_id, to_id=to_id)


async def rows_of(connection: Any, volunteer_id: UUID) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """A volunteer's row and that of their address."""
    row = await queries.rows_of_volunteer(connection, volunteer_id=volunteer_id)
    return row["volunteer"], row["contact"]


async def remove_volunteer(connection: Any, volunteer_id: UUID) -> None:
    """The merged volunteer goes, with sign-ins and whatever hangs on them; the address is free again."""
    await queries.remove_contact(connection, volunteer_id=volunteer_id)
    await queries.remove_merged_volunteer(connection, volunteer_id=volunteer_id)


async def address_is_taken(connection: Any, contact: dict[str, Any]) -> bool:
    """Whether the address of a merged volunteer is somebody else's by now."""
    return bool(await queries.address_is_taken(connection, kept=contact))


async def organisation_of_placements(connection: Any, placement_ids: Sequence[str]) -> UUID | None:
    """An organisation that dealt with the volunteer of these placements."""
    found: UUID | None = await queries.organisation_of_placements(connection, placement_ids=list(placement_ids))
    return found


async def restore_volunteer(connection: Any, kept: Kept, version: int, through: UUID | None) -> None:
    """The merged volunteer as they were; with `through` without their address, reached through that member."""
    await queries.restore_volunteer(connection, kept=kept.volunteer, version=version)
    if kept.contact is not None:
        await queries.restore_contact(connection, kept=kept.contact, through=through)


async def follow_ledger(connection: Any, volunteer_id: UUID, *, ends: bool = True) -> None:
    """What holds follows from the ledger, after entries have moved. `ends` False: nothing ends yet."""
    await queries.hold_what_the_ledger_says(connection, volunteer_id=volunteer_id)
    if ends:
        await queries.end_what_the_ledger_ends(connection, volunteer_id=volunteer_id)


async def add(connection: Any, merge: Merge) -> None:
    """Insert a merge."""
    if merge.kept is None:
        raise ValueError("a merge that could not be undone")
    await queries.add_merge(
        connection,
        merge_id=merge.merge_id,
        survivor_id=merge.survivor_id,
        merged_id=merge.merged_id,
        organisation_id=merge.organisation_id,
        merged_by=merge.merged_by,
        merged_at=merge.merged_at,
        undo_until=merge.undo_until,
        announced_version=merge.announced_version,
        kept=asdict(merge.kept),
        moved=merge.moved,
    )


async def merge(connection: Any, merge_id: UUID, *, lock: bool = False) -> Merge | None:
    """One merge; `lock` holds it until commit."""
    read = queries.merge_for_update if lock else queries.merge_by_id
    row = await read(connection, merge_id=merge_id)
    return None if row is None else Merge(**{**row, "kept": _kept(row["kept"])})


def _kept(stored: dict[str, Any] | None) -> Kept | None:
    return None if stored is None else Kept(**{**stored, "added": Added(**stored["added"])})


async def is_merged(connection: Any, volunteer_id: UUID) -> bool:
    """Whether a volunteer goes on under another id."""
    return bool(await queries.is_merged(connection, volunteer_id=volunteer_id))


async def merged_since(connection: Any, merge: Merge) -> bool:
    """Whether another merge stands on this one."""
    since = await queries.merged_since(connection, survivor_id=merge.survivor_id, merge_id=merge.merge_id)
    return bool(since) or await is_merged(connection, merge.survivor_id)


async def undo(connection: Any, merge_id: UUID, undone_by: UUID, now: datetime) -> None:
    """They are two again."""
    await queries.undo_merge(connection, merge_id=merge_id, undone_by=undone_by, now=now)


async def settle(connection: Any, now: datetime, rows: int) -> list[UUID]:
    """Forget what was kept to undo merges whose time is over; the ids that were merged."""
    over = await queries.merges_to_settle(connection, now=now, rows=rows)
    await queries.settle_merges(connection, merge_ids=[row["merge_id"] for row in over])
    return [row["merged_id"] for row in over]


async def merges(connection: Any, asked: Asked, reach: Sequence[tuple[UUID, str]] | None) -> list[MergeAnswer]:
    """A stretch of the merges on behalf of organisations, of whom they reach in these districts (None: all)."""
    ids = None if reach is None else [organisation_id for organisation_id, _ in reach]
    districts = [district for _, district in reach or ()]
    rows = await _LISTED.fetch(connection, asked, organisation_ids=ids, districts=districts)
    return [MergeAnswer(**row) for row in rows]


async def is_in_reach(
    connection: Any, survivor_id: UUID, organisation_id: UUID | None, reach: Sequence[tuple[UUID, str]]
) -> bool:
    """Whether the organisation reaches somebody in one of the caller's districts."""
    within = [(each, district) for each, district in reach if each == organisation_id]
    return bool(
        await queries.is_in_reach(
            connection,
            # Who has been merged on since has their dealings under the next id.
            volunteer_ids=await ids_of(connection, survivor_id),
            organisation_ids=[each for each, _ in within],
            districts=[district for _, district in within],
        )
    )


async def ids_of(connection: Any, *volunteer_ids: UUID) -> list[UUID]:
    """Every id of a person, or of several, their own among them, in order."""
    return [row["id"] for row in await queries.ids_of_person(connection, volunteer_ids=list(volunteer_ids))]


async def survivor_of(connection: Any, volunteer_id: UUID) -> UUID:
    """Who a volunteer is today: themselves, or whom they were merged into."""
    found: UUID = await queries.survivor_of(connection, volunteer_id=volunteer_id)
    return found


async def remove_of(connection: Any, volunteer_ids: Collection[UUID]) -> int:
    """Forget the merges of a person; how many rows."""
    return int(await queries.remove_merges(connection, volunteer_ids=list(volunteer_ids)))


async def prune_undone(connection: Any, before: datetime, rows: int) -> int:
    """Forget merges that were undone long ago; how many."""
    return int(await queries.prune_undone_merges(connection, before=before, rows=rows))
