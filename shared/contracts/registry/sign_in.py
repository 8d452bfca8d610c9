"""Mailed links of volunteers that are due."""

from datetime import datetime
from uuid import UUID

from shared.contracts.base import EventData, contract


@contract("confirmation-requested", topic="registry.notices", key="volunteer_id", person="volunteer_id")
class ConfirmationRequested(EventData):
    """Somebody registered; the mail with the link is due. The secret is made by notifications."""

    volunteer_id: UUID
    expires_at: datetime


@contract("sign-in-requested", topic="registry.notices", key="volunteer_id", person="volunteer_id")
class SignInRequested(EventData):
    """A volunteer asks for a link that signs them in."""

    volunteer_id: UUID
    sign_in_id: UUID
    expires_at: datetime


@contract("address-confirmation-requested", topic="registry.notices", key="volunteer_id", person="volunteer_id")
class AddressConfirmationRequested(EventData):
    """A volunteer has a new address; a mail with a link is due there."""

    volunteer_id: UUID
    change_id: UUID
    expires_at: datetime
