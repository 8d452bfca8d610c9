"""What notifications is told besides the settings of every service."""

from email.utils import parseaddr
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator

from services.notifications.rules.addresses import AddressUnusable, address
from services.notifications.smtp import SmtpUrlError, parse_smtp_url
from shared.runtime.settings import Mode, Settings


class NotificationsSettings(Settings):
    """`TANDEM_SMTP_URL` is `smtp://[user:password@]host[:port][?starttls=1]` or `smtps://…`; times are in the unit named."""

    smtp_url: SecretStr = SecretStr("smtp://127.0.0.1:25")
    smtp_ca_file: Path | None = None
    smtp_seconds_at_most: float = Field(60.0, gt=0, le=600)
    mail_from: str = "Tandem <tandem@localhost>"
    registry_public_url: str = "http://127.0.0.1:8101"

    deliveries_at_once: int = Field(10, ge=2, le=100)
    """A quarter of the dialogues is kept for what somebody waits for, a quarter for what is told in bulk."""
    delivery_poll_seconds: float = Field(0.25, gt=0)
    delivery_lease_seconds: int = Field(30, ge=3)
    """Extended while a dialogue goes on; a delivery whose process says nothing for so long is sent again by another."""
    mail_days_at_most: int = Field(14, ge=1, le=30)
    receipt_days_at_most: int = Field(7, ge=1, le=30)
    receipt_address_minutes: int = Field(10, ge=0)
    """So long may the address of an erased person be unknown here before the receipt counts as undeliverable."""
    occasions_days_at_most: int = Field(14, ge=1)
    """An older event is no occasion to write to anybody."""

    deliveries_kept_days: int = Field(30, ge=1)
    messages_kept_days: int = Field(365, ge=1)
    erasures_kept_days: int = Field(60, ge=31)
    """Longer than the notices of an erasure stay in the log (30 days)."""

    @model_validator(mode="after")
    def _mail_can_be_sent(self) -> Self:
        try:
            server = parse_smtp_url(self.smtp_url.get_secret_value())
        except SmtpUrlError as error:
            raise ValueError(f"TANDEM_SMTP_URL: {error}") from None
        if self.mode is Mode.PRODUCTION and server.username and not server.is_encrypted:
            raise ValueError("TANDEM_SMTP_URL: a password needs smtps:// or ?starttls=1")
        try:
            address(*parseaddr(self.mail_from))
        except AddressUnusable:
            raise ValueError("TANDEM_MAIL_FROM: must be an address, or a name with an address in <>") from None
        return self
