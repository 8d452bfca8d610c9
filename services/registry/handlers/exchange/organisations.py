"""Organisations under an association. What they are here is decided by the state administration, as of any other."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from services.registry.handlers.exchange.importer import Importer
from services.registry.handlers.exchange.writing import Written, written
from services.registry.handlers.organisations import add_organisations, apply_changes
from services.registry.handlers.together import where_possible
from services.registry.models.exchange import Incoming, Kind, Link, OrganisationRow, Result
from services.registry.models.organisations import OrganisationAnswer, OrganisationFacts
from services.registry.rules.exchange import check_kind, only_the_state_administration
from services.registry.rules.organisations import check_change
from services.registry.store import organisations as store
from shared.contracts.vocabulary import LegalProfile
from shared.postgres.transaction import Transaction
from shared.runtime.errors import Refusal, not_found


async def write(
    tx: Transaction,
    importer: Importer,
    new: Sequence[Incoming[OrganisationRow]],
    changed: Sequence[tuple[Incoming[OrganisationRow], Link]],
) -> list[Result]:
    """Register organisations under the calling one, or change what is told of them."""

    async def create(part: Transaction, rows: Sequence[OrganisationRow]) -> list[Written]:
        async def add(told: list[OrganisationFacts]) -> list[Written]:
            return [_id(each) for each in await add_organisations(part, told)]

        return await where_possible(rows, lambda row: _facts(importer, row), add)

    async def update(part: Transaction, rows: Sequence[tuple[UUID, OrganisationRow]]) -> list[Written]:
        found = await store.locked(part.connection, [organisation_id for organisation_id, _ in rows])

        def look(told: tuple[UUID, OrganisationRow]) -> tuple[OrganisationAnswer, Mapping[str, Any]]:
            organisation_id, row = told
            check_kind(row.kind)
            if organisation_id not in found or organisation_id not in importer.reach:
                raise not_found("organisation")
            return found[organisation_id], _change(found[organisation_id], row)

        async def change(told: list[tuple[OrganisationAnswer, Mapping[str, Any]]]) -> list[Written]:
            return [_id(each) for each in await apply_changes(part, told)]

        return await where_possible(rows, look, change)

    return await written(tx, importer, Kind.ORGANISATIONS, new, changed, create, update)


def _facts(importer: Importer, row: OrganisationRow) -> OrganisationFacts:
    check_kind(row.kind)
    law = row.legal_profile or LegalProfile.GDPR
    return OrganisationFacts(row.name, row.kind, row.districts, importer.organisation_id, law)


def _change(found: OrganisationAnswer, row: OrganisationRow) -> Mapping[str, Any]:
    change = {"name": row.name, "kind": row.kind, "districts": tuple(sorted(set(row.districts)))}
    if row.legal_profile is not None:
        change["legal_profile"] = row.legal_profile
    try:
        # What was verified is not exchanged for something else behind the state administration's back.
        check_change(found.status, dict(found), change, by_state_admin=False)
    except Refusal:
        raise only_the_state_administration() from None
    return change


def _id(written: OrganisationAnswer | Refusal) -> Written:
    return written if isinstance(written, Refusal) else written.organisation_id
