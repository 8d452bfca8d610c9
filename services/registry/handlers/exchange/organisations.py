"""Organisations under an association. What they are here is decided by the state administration, as of any other."""

from collections.abc import Sequence
from uuid import UUID

from services.registry.handlers.exchange.importer import Importer
from services.registry.handlers.exchange.one_by_one import one_by_one
from services.registry.handlers.organisations import add_organisation, apply_change
from services.registry.models.exchange import Incoming, Kind, Link, OrganisationRow, Result
from services.registry.models.organisations import OrganisationFacts
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

    async def create(part: Transaction, row: OrganisationRow) -> UUID:
        check_kind(row.kind)
        law = row.legal_profile or LegalProfile.GDPR
        facts = OrganisationFacts(row.name, row.kind, row.districts, importer.organisation_id, law)
        return (await add_organisation(part, facts)).organisation_id

    async def update(part: Transaction, organisation_id: UUID, row: OrganisationRow) -> UUID:
        check_kind(row.kind)
        found = await store.organisation(part.connection, organisation_id, lock=True)
        if found is None or organisation_id not in importer.reach:
            raise not_found("organisation")
        change = {"name": row.name, "kind": row.kind, "districts": tuple(sorted(set(row.districts)))}
        if row.legal_profile is not None:
            change["legal_profile"] = row.legal_profile
        try:
            # What was verified is not exchanged for something else behind the state administration's back.
            check_change(found.status, dict(found), change, by_state_admin=False)
        except Refusal:
            raise only_the_state_administration() from None
        await apply_change(part, found, change)
        return organisation_id

    return await one_by_one(tx, importer, Kind.ORGANISATIONS, new, changed, create, update)
