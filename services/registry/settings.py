"""What the registry's processes are told besides what every process is told."""

from datetime import timedelta

from pydantic import Field

from shared.runtime.settings import Issuer, IssuerKind, Settings


class RegistrySettings(Settings):
    """`TANDEM_…`, as all settings."""

    unconfirmed_days: int = Field(7, ge=1, le=60, description="so long a registration waits for its confirmation")
    sign_in_minutes: int = Field(30, ge=5, le=24 * 60, description="so long a mailed link signs in")
    invitation_days: int = Field(14, ge=1, le=90, description="so long an invitation may be redeemed")
    access_token_minutes: int = Field(10, ge=1, le=60)

    @property
    def confirmation_lifetime(self) -> timedelta:
        """How long a registration waits for its confirmation."""
        return timedelta(days=self.unconfirmed_days)

    @property
    def sign_in_lifetime(self) -> timedelta:
        """How long a mailed link signs in."""
        return timedelta(minutes=self.sign_in_minutes)

    @property
    def invitation_lifetime(self) -> timedelta:
        """How long an invitation may be redeemed."""
        return timedelta(days=self.invitation_days)

    @property
    def volunteer_issuer(self) -> Issuer | None:
        """The issuer as which the registry signs volunteers in: the one of kind `volunteer` in TANDEM_ISSUERS."""
        return next((issuer for issuer in self.issuers if issuer.kind is IssuerKind.VOLUNTEER), None)
