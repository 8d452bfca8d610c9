"""The secret part of a mailed link, made only when the mail is sent.

A mail that has to be sent again (the process was killed before it could note that the server had accepted) carries the
same jti as the first: whichever is used, the link works once.
"""

from urllib.parse import urlencode
from uuid import UUID

from services.notifications.models import Delivery
from services.notifications.rules.mails import LinkTarget
from shared.access.keys import SigningKey
from shared.access.signed_links import mint_link


def link(key: SigningKey, base_url: str, target: LinkTarget, delivery: Delivery, language: str) -> str:
    """The URL of a delivery's link; everything in it but the signature follows from the delivery and its reader."""
    token = mint_link(
        key,
        audience=target.audience,
        purpose=target.purpose,
        subject_id=delivery.subject_id,
        resource=UUID(str(delivery.data[target.resource])),
        lifetime=delivery.expires_at - delivery.created_at,
        now=delivery.created_at,
        jti=delivery.delivery_id,
    )
    return f"{base_url.rstrip('/')}{target.path}?{urlencode({'token': token, 'language': language})}"
