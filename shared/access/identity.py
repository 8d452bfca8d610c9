"""Who somebody says they are, and the three answers to a token that proves nothing.

Apart from the tokens themselves, so that a process that never sees one does without cryptography.
"""

from dataclasses import dataclass
from datetime import timedelta

from shared.runtime.errors import Reason, Refusal
from shared.runtime.settings import IssuerKind

LEEWAY = timedelta(seconds=30)
"""How far the clocks of an issuer and of this process may differ."""


@dataclass(frozen=True)
class Identity:
    """Who a token speaks for: (issuer, subject) is unique, `kind` says who speaks through this issuer."""

    issuer: str
    subject: str
    kind: IssuerKind


def token_missing() -> Refusal:
    """No token where one is needed."""
    return Refusal(
        Reason.UNAUTHENTICATED,
        "token-missing",
        de="Bitte melden Sie sich an.",
        en="Please sign in.",
    )


def token_expired() -> Refusal:
    """It was good once."""
    return Refusal(
        Reason.UNAUTHENTICATED,
        "token-expired",
        de="Ihre Anmeldung ist abgelaufen. Bitte melden Sie sich erneut an.",
        en="Your sign-in has expired. Please sign in again.",
    )


def token_invalid() -> Refusal:
    """Forged, malformed, for somebody else, or from an issuer that is not trusted here."""
    return Refusal(
        Reason.UNAUTHENTICATED,
        "token-invalid",
        de="Diese Anmeldung gilt hier nicht. Bitte melden Sie sich neu an.",
        en="This sign-in is not valid here. Please sign in anew.",
    )
