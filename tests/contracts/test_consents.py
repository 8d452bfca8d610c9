"""What one service needs to hear of consents, another one announces."""

from services.notifications.rules.mails import MAILS
from services.registry.rules.consents import PURPOSES


def test_every_consent_without_which_a_mail_is_not_sent_is_announced() -> None:
    needed = {mail.consent for mail in MAILS.values()} - {None}
    assert {"campaigns", "suggestions_by_mail"} <= needed
    assert needed <= {purpose.value for purpose, terms in PURPOSES.items() if terms.is_announced}
