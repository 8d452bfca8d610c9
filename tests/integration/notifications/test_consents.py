"""What a volunteer consents to decides what is mailed, and what others are told of them; people without mail."""

from urllib.parse import parse_qs, urlsplit

import pytest

from shared.contracts import matching, registry
from tests.integration.notifications.conftest import Service
from tests.integration.notifications.events import consents, everything, volunteer_contact
from tests.integration.notifications.smtp_server import SmtpServer, text_of
from tests.unit.notifications.builders import COORDINATOR, LATER, OTHER, VOLUNTEER, an_event


def link_in(text: str) -> str:
    (found,) = {word for word in text.split() if word.startswith("http")}
    return found


async def test_who_does_not_consent_to_suggestions_gets_none_by_mail(service: Service, smtp: SmtpServer) -> None:
    """Art. 6 (1) (a) DSGVO. In the inbox it stands all the same: that sends nothing to anybody."""
    await service.consume(*everything(), consents("contact_by_organisations", version=2))
    await service.consume(an_event(matching.MatchSuggested))
    await service.postman().step()
    assert await service.statuses() == [("offer-suggestion", "dropped", "not-consented")]
    assert smtp.recipients == []
    assert [row["mail"] for row in await service.rows("SELECT mail FROM messages")] == ["offer-suggestion"]


async def test_a_withdrawal_stops_what_was_noted_before(service: Service, smtp: SmtpServer) -> None:
    """Art. 7 (3) DSGVO: it works at once."""
    await service.consume(*everything(), an_event(matching.MatchSuggested))
    await service.consume(consents(version=2))
    await service.postman().step()
    assert (await service.statuses(), smtp.recipients) == ([("offer-suggestion", "dropped", "not-consented")], [])


async def test_a_suggestion_waits_until_the_consents_are_known(service: Service, smtp: SmtpServer) -> None:
    known = [event for event in everything() if not isinstance(event, registry.ConsentGiven)]
    await service.consume(*known, an_event(matching.MatchSuggested))
    await service.postman().step()
    assert await service.statuses() == [("offer-suggestion", "pending", "consents-unknown")]


async def test_an_organisation_is_not_told_of_whoever_does_not_let_it_contact_them(
    service: Service, smtp: SmtpServer
) -> None:
    await service.consume(*everything(), consents("suggestions_by_mail", version=2))
    await service.consume(an_event(matching.PlacementConfirmed))
    await service.postman().step()
    (mail,) = [mail for mail in smtp.mails if "toni@" in str(mail["To"])]
    told = f"{mail['Subject']} {text_of(mail)}"
    assert "Kim" not in told and "kim@" not in told
    assert "not shared" in told


WITHOUT_MAIL = {"mail": None, "through": COORDINATOR, "version": 2, "name": "Demo Ohne Mail"}


async def test_whoever_has_no_mail_is_told_by_their_coordinator(service: Service, smtp: SmtpServer) -> None:
    await service.consume(*everything(), volunteer_contact(**WITHOUT_MAIL))
    await service.consume(an_event(matching.PlacementDeclined))
    await service.postman().step()
    assert smtp.recipients == ["toni@example.org"]
    (mail,) = smtp.mails
    assert "Please pass on to Demo Ohne Mail:" in str(mail["Subject"])
    assert "Hausaufgabenhilfe in Celle" in text_of(mail)


async def test_a_link_that_acts_for_somebody_goes_to_nobody_else(service: Service, smtp: SmtpServer) -> None:
    await service.consume(*everything(), volunteer_contact(**WITHOUT_MAIL))
    await service.consume(an_event(registry.SignInRequested))
    await service.postman().step()
    assert (await service.statuses(), smtp.recipients) == ([("sign-in", "dropped", "no-address")], [])


@pytest.mark.parametrize("mail", [None, "kim@example.org"])
async def test_the_link_that_confirms_a_new_address_goes_there_and_the_old_one_hears_of_it(
    service: Service, smtp: SmtpServer, mail: str | None
) -> None:
    changed = {"mail": mail, "through": None if mail else COORDINATOR, "version": 2, "language": "ar"}
    await service.consume(*everything(), volunteer_contact(**changed, mail_to_confirm="new@example.org"))
    await service.consume(
        registry.AddressConfirmationRequested(volunteer_id=VOLUNTEER, change_id=OTHER, expires_at=LATER)
    )
    await service.postman().step()
    # Nobody else is told of it in the place of somebody without mail.
    assert sorted(smtp.recipients) == sorted(["new@example.org", *([mail] if mail else [])])
    texts = {str(each["To"]): text_of(each) for each in smtp.mails}
    target = urlsplit(link_in(texts.pop("new@example.org")))
    assert target.path == "/volunteers/address"
    assert parse_qs(target.query)["language"] == ["ar"]
    assert all("/volunteers/" not in told for told in texts.values())


async def test_erasure_forgets_the_consents(service: Service) -> None:
    await service.consume(*everything())
    assert await service.rows("SELECT volunteer_id FROM consents") == [{"volunteer_id": VOLUNTEER}]
    await service.take(service.tombstone("registry.consents", VOLUNTEER))
    assert await service.rows("SELECT volunteer_id FROM consents") == []
