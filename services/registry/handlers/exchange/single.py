"""One thing told by its external id: the same way as a file of one row, but refused aloud."""

from typing import Any

from services.registry.handlers.exchange.importer import importer_of
from services.registry.handlers.exchange.rows import take_over
from services.registry.models.exchange import AnyRow, Kind, LinkAnswer, Outcome, RowFault, UpsertAnswer, external_id_of
from services.registry.permissions import PERMISSIONS
from services.registry.rules.exchange import row_refused
from services.registry.rules.import_rows import incoming
from services.registry.settings import RegistrySettings
from services.registry.store import external_ids as store
from services.registry.store import machines as machines_store
from services.registry.store import organisations as organisations_store
from shared.access.callers import Caller
from shared.access.permissions import Belongs
from shared.contracts.vocabulary import OrganisationStatus
from shared.postgres.transaction import Transaction
from shared.runtime.errors import not_found


async def upsert(
    tx: Transaction,
    caller: Caller,
    settings: RegistrySettings,
    source: str,
    kind: Kind,
    external_id: str,
    row: AnyRow,
) -> UpsertAnswer:
    """Take over what a source system says of one thing; saying it again changes nothing.

    Raises
    ------
    Refusal
        With the code that a report would have.
    """
    importer = await importer_of(tx.connection, settings, caller, source)
    checked = external_id_of(external_id)
    if isinstance(checked, RowFault):
        raise row_refused(checked)
    (result,) = await take_over(tx, importer, kind, [incoming(1, source, kind, checked, row, importer.hashes)])
    if result.outcome is Outcome.REFUSED:
        raise row_refused(result.faults[0])
    return UpsertAnswer(
        source=source,
        kind=kind,
        external_id=checked,
        outcome=result.outcome,
        notes=[fault.code for fault in result.faults],
    )


async def link(connection: Any, caller: Caller, source: str, kind: Kind, external_id: str) -> LinkAnswer:
    """What is known of an external id, for the organisation whose source system it is."""
    organisation_id = await machines_store.organisation_of_source(connection, source)
    PERMISSIONS.require("exchange", caller, Belongs(organisation_id=organisation_id), what="external-id")
    found = (await store.links(connection, source, kind, [external_id])).get(external_id)
    if found is None:
        raise not_found("external-id")
    is_confirmed = found.is_confirmed if kind is Kind.VOLUNTEERS else True
    if kind is Kind.ORGANISATIONS:
        organisation = await organisations_store.organisation(connection, found.id)
        is_confirmed = organisation is not None and organisation.status is OrganisationStatus.VERIFIED
    return LinkAnswer(
        source=source,
        kind=kind,
        external_id=external_id,
        id=found.link_id if kind is Kind.VOLUNTEERS else found.id,
        is_confirmed=is_confirmed,
    )
