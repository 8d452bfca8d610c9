"""Everything that the registry holds of one person, by the records it is in. One query each, whatever else there is."""

from typing import Any
from uuid import UUID

from shared.postgres.queries import load_queries

queries: Any = load_queries(__file__, "exports.sql")

ROWS_AT_MOST = 10_000
ONE = ("volunteer", "address", "address_change", "restriction", "member", "member_address")
LISTS = (
    *("consents", "consents_held", "characteristics", "undertakings", "sign_ins", "placements", "clearances"),
    *("clearance_placements", "own_contact", "support_requests", "support_messages", "groups", "group_invitations"),
    *("campaign_calls", "duplicates", "duplicate_keys", "merges", "external_ids", "changes", "accesses"),
    *("invitations", "published_contacts", "boundary_proposals", "boundary_agreements", "boundary_comments"),
    *("offers", "campaigns", "imports", "acts"),
)

ONLY_FOR_THE_PERSON = ("characteristics", "consents", "consents_held", "campaign_calls", "clearances")
"""Of these nobody else is handed what tells of a special category (Art. 9, 10 DSGVO): they have a query of their own."""


async def sections(connection: Any, subject_id: UUID, *, to_the_person: bool) -> dict[str, Any]:
    """By section: the record, or its rows. Empty ones are there, too: they say that nothing is held."""
    found: dict[str, Any] = {}
    for name in ONE:
        row = await getattr(queries, f"exported_{name}")(connection, subject_id=subject_id)
        found[name] = None if row is None else dict(row)
    for name in LISTS:
        to_others = "_to_others" if name in ONLY_FOR_THE_PERSON and not to_the_person else ""
        read = getattr(queries, f"exported_{name}{to_others}")
        rows = await read(connection, subject_id=subject_id, rows=ROWS_AT_MOST)
        found[name] = [dict(row) for row in rows]
    return found
