"""Calls of campaigns, invitations into groups, and merges: who is told what, and where it goes."""

from typing import Any
from uuid import UUID

from services.notifications.rules.mails import MAILS
from shared.contracts import matching, registry
from shared.contracts.vocabulary import OrganisationStatus
from tests.integration.notifications.conftest import Service
from tests.integration.notifications.events import campaign, consents, everything, organisation, volunteer_contact
from tests.integration.notifications.smtp_server import SmtpServer, text_of
from tests.unit.notifications.builders import CAMPAIGN, LATER, NOW, OTHER, SPEAKER, VOLUNTEER, an_event

MERGED = UUID("01900000-0000-7000-8000-00000000000b")


async def test_a_call_says_what_the_organisation_wrote_in_the_readers_language(
    service: Service, smtp: SmtpServer
) -> None:
    await service.consume(*everything(), volunteer_contact(language="ar", version=2))
    await service.consume(an_event(registry.CampaignCallDue))
    await service.postman().step()
    (mail,) = smtp.mails
    assert mail["Subject"] == "مقهى اللغات"
    text = text_of(mail)
    assert "نبحث عن أشخاص." in text and "Demo-Initiative Celle" in text
    assert "/calls/answer?token=" in text and "language=ar" in text
    shown = await service.rows("SELECT mail, data FROM messages")
    assert shown == [{"mail": "campaign-call", "data": {"campaign_id": str(CAMPAIGN)}}]


async def test_a_call_is_mailed_once_however_often_it_is_heard(service: Service, smtp: SmtpServer) -> None:
    await service.consume(*everything())
    record = service.record(an_event(registry.CampaignCallDue))
    await service.take(record, record)
    await service.take(record)
    await service.postman().step()
    assert len(smtp.mails) == 1


async def test_a_withdrawn_consent_or_campaign_stops_what_was_noted(service: Service, smtp: SmtpServer) -> None:
    await service.consume(*everything(), an_event(registry.CampaignCallDue))
    await service.consume(consents("suggestions_by_mail", version=2))
    await service.postman().step()
    assert await service.statuses() == [("campaign-call", "dropped", "not-consented")]
    await service.consume(consents("campaigns", version=3), campaign(registry.CampaignClosed, version=2))
    await service.consume(an_event(registry.CampaignCallDue))
    await service.postman().step()
    assert ("campaign-call", "dropped", "campaign-closed") in await service.statuses()
    assert smtp.mails == []


async def test_a_suspended_organisation_calls_nobody(service: Service, smtp: SmtpServer) -> None:
    await service.consume(
        *everything(), organisation(registry.OrganisationUpdated, status=OrganisationStatus.SUSPENDED, version=2)
    )
    await service.consume(an_event(registry.CampaignCallDue))
    await service.postman().step()
    assert await service.statuses() == [("campaign-call", "dropped", "organisation-suspended")]


async def test_a_call_goes_through_nobody_else(service: Service, smtp: SmtpServer) -> None:
    """Whoever passes mails on would learn who belongs to the target group."""
    await service.consume(*everything(), volunteer_contact(mail=None, through=OTHER, version=2))
    await service.consume(an_event(registry.CampaignCallDue))
    await service.postman().step()
    assert await service.statuses() == [("campaign-call", "dropped", "no-address")]


async def test_an_invitation_into_a_group_names_its_speaker_and_goes_with_them(
    service: Service, smtp: SmtpServer
) -> None:
    speaker = volunteer_contact(volunteer_id=SPEAKER, name="Alex Beispiel", mail="alex@example.org")
    await service.consume(*everything(), speaker, an_event(registry.GroupInvitationRequested))
    await service.postman().step()
    (mail,) = smtp.mails
    assert "Alex Beispiel" in text_of(mail) and "/group-invitations/answer?token=" in text_of(mail)
    assert len(await service.rows("SELECT * FROM messages WHERE concerns = $1", SPEAKER)) == 1


def merge(**changes: Any) -> registry.VolunteerMerged:
    told = {"volunteer_id": MERGED, "survivor_id": VOLUNTEER, "merge_id": OTHER, "version": 5}
    return registry.VolunteerMerged(**{**told, "merged_at": NOW, "undo_until": LATER, **changes})


def restore() -> registry.VolunteerRestored:
    return registry.VolunteerRestored(
        volunteer_id=MERGED,
        survivor_id=VOLUNTEER,
        merge_id=OTHER,
        version=6,
        reach_km=10,
        postal_code="29221",
        district="03351",
        registered_at=NOW,
    )


async def inboxes(service: Service) -> dict[UUID, int]:
    rows = await service.rows("SELECT subject_id, count(*) AS messages FROM messages GROUP BY subject_id")
    return {row["subject_id"]: row["messages"] for row in rows}


async def test_inbox_and_mails_under_way_go_on_under_the_survivors_id_and_come_back(service: Service) -> None:
    await service.consume(*everything(), volunteer_contact(volunteer_id=MERGED, mail="old@example.org"))
    await service.consume(an_event(matching.PlacementConfirmed, volunteer_id=MERGED))
    assert (await inboxes(service))[MERGED] == 1
    await service.consume(merge())
    assert await service.rows("SELECT reason FROM dead_letters") == []
    assert (await inboxes(service)).get(VOLUNTEER) == 1
    for table in ("deliveries", "messages"):
        about = f"SELECT count(*) AS n FROM {table} WHERE $1 IN (subject_id, concerns)"
        assert await service.rows(about, MERGED) == [{"n": 0}]
        assert await service.rows(about, VOLUNTEER) == [{"n": 2}]
    await service.consume(restore())
    for table in ("deliveries", "messages"):
        assert await service.rows(f"SELECT count(*) AS n FROM {table} WHERE $1 IN (subject_id, concerns)", MERGED) == [
            {"n": 2}
        ]
    assert await service.rows("SELECT * FROM merge_moves") == []


async def test_both_addresses_are_told_of_a_merge(service: Service, smtp: SmtpServer) -> None:
    await service.consume(*everything(), volunteer_contact(volunteer_id=MERGED, mail="old@example.org"))
    await service.consume(
        an_event(registry.MergeAnnounced), an_event(registry.MergeAnnounced, volunteer_id=MERGED), merge()
    )
    await service.postman().step()
    assert sorted(str(mail["To"]) for mail in smtp.mails) == [
        "Kim Beispiel <kim@example.org>",
        "Kim Beispiel <old@example.org>",
    ]
    for mail in smtp.mails:
        other = "kim@" if "old@" in str(mail["To"]) else "old@"
        assert other not in text_of(mail), "neither learns the other address"
    assert not MAILS["registrations-merged"].in_inbox


async def test_who_switched_suggestions_off_once_gets_none_after_the_merge(service: Service) -> None:
    async with service.database.reading() as connection:
        await connection.execute("INSERT INTO preferences VALUES ($1, 2, false)", MERGED)
    await service.consume(*everything(), merge())
    rows = await service.rows("SELECT suggestions_by_mail FROM preferences WHERE subject_id = $1", VOLUNTEER)
    assert rows == [{"suggestions_by_mail": False}]
