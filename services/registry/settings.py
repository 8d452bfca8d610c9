"""What the registry's processes are told besides what every process is told."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from shared.runtime.settings import ConfigurationError, Issuer, IssuerKind, Settings

_ADDRESS = r"^https?://[^\s\"'<>\\]+$"
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


class RegistrySettings(Settings):
    """`TANDEM_…`, as all settings."""

    unconfirmed_days: int = Field(7, ge=1, le=60, description="so long a registration waits for its confirmation")
    guardian_days: int = Field(30, ge=7, le=120, description="so long somebody under 16 waits for their guardian")
    address_hours: int = Field(48, ge=1, le=168, description="so long a new mail address waits for its confirmation")
    sign_in_minutes: int = Field(30, ge=5, le=24 * 60, description="so long a mailed link signs in")
    invitation_days: int = Field(14, ge=1, le=90, description="so long an invitation may be redeemed")
    access_token_minutes: int = Field(10, ge=1, le=60)

    imprint_url: str | None = Field(
        None, pattern=_ADDRESS, description="who answers for the platform; left out unless told"
    )
    privacy_url: str | None = Field(None, pattern=_ADDRESS, description="its privacy notice; left out unless told")
    staff_sign_in_url: str | None = Field(
        None,
        pattern=_ADDRESS,
        description="where invited staff sign in at the operator's OIDC provider and take the role; `{token}`, behind `#`,"
        " stands for the secret of the mailed link, which `POST /invitations/redemption` takes under their access token",
    )

    authorities_file: Path | None = Field(None, description="data-protection authorities, instead of the shipped list")
    contact_fresh_months: int = Field(3, ge=1, le=24, description="so long a contact counts as confirmed")
    support_days: int = Field(7, ge=1, le=60, description="until then a support request is answered, unless told")
    support_escalation_days: int = Field(
        3, ge=1, le=30, description="so long the substitute has before the organisation"
    )
    support_unheard_days: int = Field(30, ge=7, le=365, description="after so long an answered request is closed")
    support_kept_days: int = Field(365, ge=30, le=1095, description="so long a closed request is kept")
    needs_days: int = Field(365, ge=30, le=1095, description="of so long the needs are counted")

    group_invitation_days: int = Field(
        14, ge=1, le=90, description="so long an invitation into a group may be answered"
    )
    campaigns_at_once: int = Field(3, ge=1, le=50, description="so many campaigns of an organisation are under way")
    campaign_calls_a_month: int = Field(2, ge=0, le=30, description="so many calls a volunteer gets in 30 days")
    campaign_calls_kept_days: int = Field(
        90, ge=31, le=400, description="so long after the end it is known who was called"
    )
    campaigns_kept_days: int = Field(400, ge=365, description="so long after the end a campaign can be read")
    merge_undo_days: int = Field(30, ge=1, le=90, description="so long two merged volunteers can be taken apart again")

    suppression_key: SecretStr | None = Field(
        None,
        min_length=32,
        description="key of the hashes by which an import knows whom not to bring back; never change it",
    )
    import_bytes_at_most: int = Field(128 * 1024 * 1024, ge=1024, description="size of one file")
    import_rows_at_most: int = Field(250_000, ge=1, description="rows of one file")
    imports_kept_days: int = Field(30, ge=1, le=365, description="so long the report of an import can be read")
    imported_invitations_per_day: int = Field(500, ge=1, description="mails to invited members, per association")
    imported_volunteers_per_day: int = Field(100_000, ge=1, description="mails to imported volunteers, per association")
    changes_kept_days: int = Field(30, ge=1, le=365, description="so far back associations' systems can read changes")

    @field_validator("staff_sign_in_url")
    @classmethod
    def _secret_stays_in_the_browser(cls, address: str | None) -> str | None:
        """What stands behind `#` is sent to no server, and so stands in no log of one; and nobody listens in."""
        if address is None:
            return None
        if not address.startswith("https://") and urlsplit(address).hostname not in _THIS_MACHINE:
            raise ValueError("https is needed, but on this machine")
        if "{token}" in address.partition("#")[0]:
            raise ValueError("{token} belongs behind #, as in https://portal.example/invitation#link={token}")
        return address

    @property
    def changes_kept(self) -> timedelta:
        """How far back changes can be read."""
        return timedelta(days=self.changes_kept_days)

    @property
    def suppression_key_bytes(self) -> bytes:
        """The key of the keyed hashes.

        Raises
        ------
        ConfigurationError
            It was not told.
        """
        if self.suppression_key is None:
            raise ConfigurationError("TANDEM_SUPPRESSION_KEY: needed by this process")
        return self.suppression_key.get_secret_value().encode()

    @property
    def confirmation_lifetime(self) -> timedelta:
        """How long a registration waits for its confirmation."""
        return timedelta(days=self.unconfirmed_days)

    @property
    def guardian_lifetime(self) -> timedelta:
        """How long somebody under 16 waits for their guardian's consent."""
        return timedelta(days=self.guardian_days)

    @property
    def address_lifetime(self) -> timedelta:
        """How long a new mail address waits for its confirmation."""
        return timedelta(hours=self.address_hours)

    @property
    def sign_in_lifetime(self) -> timedelta:
        """How long a mailed link signs in."""
        return timedelta(minutes=self.sign_in_minutes)

    @property
    def invitation_lifetime(self) -> timedelta:
        """How long an invitation may be redeemed."""
        return timedelta(days=self.invitation_days)

    @property
    def group_invitation_lifetime(self) -> timedelta:
        """How long an invitation into a group may be answered."""
        return timedelta(days=self.group_invitation_days)

    @property
    def merge_undo(self) -> timedelta:
        """How long two merged volunteers can be taken apart again."""
        return timedelta(days=self.merge_undo_days)

    @property
    def volunteer_issuer(self) -> Issuer | None:
        """The issuer as which the registry signs volunteers in: the one of kind `volunteer` in TANDEM_ISSUERS."""
        return next((issuer for issuer in self.issuers if issuer.kind is IssuerKind.VOLUNTEER), None)
