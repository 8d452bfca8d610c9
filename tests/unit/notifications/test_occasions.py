"""Which event tells whom what."""

from datetime import timedelta
from uuid import UUID

import pytest

from services.notifications.models import RecipientKind
from services.notifications.rules.content import FactUnknown, named, values
from services.notifications.rules.mails import MAILS, RECEIPT, Fact
from services.notifications.rules.occasions import OCCASIONS, intents_of
from services.notifications.rules.patience import (
    AWAY_AT_MOST,
    expiry,
    pause_after_refusal,
    pause_while_away,
    pause_while_unknown,
)
from shared.contracts import matching, registry, tandems
from shared.contracts.base import EventData, known_types
from shared.contracts.vocabulary import SuspensionReason, TandemEndReason
from tests.unit.notifications.builders import (
    COORDINATOR,
    LATER,
    NOW,
    OFFER,
    ORGANISATION,
    SPEAKER,
    VOLUNTEER,
    all_facts,
    an_event,
    every_intent,
)


def test_every_mail_has_an_occasion() -> None:
    assert set(every_intent()) == set(MAILS)


@pytest.mark.parametrize("cls", OCCASIONS, ids=lambda cls: cls.__name__)
def test_intents_carry_ids_and_facts_only(cls: type[EventData]) -> None:
    for intent in intents_of(an_event(cls)):
        assert MAILS[intent.mail].recipient is intent.recipient
        assert "@" not in str(intent.data) and "token" not in str(intent.data)


def test_a_confirmed_placement_is_told_to_both() -> None:
    told = {
        (intent.mail, intent.recipient, intent.subject_id)
        for intent in intents_of(an_event(matching.PlacementConfirmed))
    }
    assert told == {
        ("placement-confirmed-volunteer", RecipientKind.VOLUNTEER, VOLUNTEER),
        ("placement-confirmed-coordinator", RecipientKind.MEMBER, COORDINATOR),
    }


def mails_of(cls: type[EventData], **changes: object) -> list[str]:
    return [intent.mail for intent in intents_of(an_event(cls, **changes))]


def test_who_only_was_invited_declines_and_the_organisation_withdraws() -> None:
    """Nobody is told that they did what the other side did; of an invitation that was declined nobody's name is told."""
    assert mails_of(matching.PlacementDeclined, volunteer_acted=False) == ["invitation-declined"]
    assert mails_of(matching.PlacementWithdrawn, volunteer_acted=False) == ["invitation-withdrawn"]
    assert mails_of(matching.PlacementDeclined) == ["placement-declined"]
    assert mails_of(matching.PlacementWithdrawn) == ["placement-withdrawn"]
    assert Fact.VOLUNTEER not in MAILS["invitation-declined"].needs


def test_an_invitation_is_told_by_its_deadline() -> None:
    (intent,) = intents_of(an_event(matching.PlacementInvited))
    assert (intent.subject_id, intent.expires_at) == (VOLUNTEER, LATER)


@pytest.mark.parametrize("because", SuspensionReason)
def test_no_mail_says_why_a_placement_rests(because: SuspensionReason) -> None:
    """§ 30a(3) BZRG: somebody without mail is told through a member, perhaps of another organisation."""
    plain = intents_of(an_event(matching.PlacementSuspended, suspended_because=None))
    assert intents_of(an_event(matching.PlacementSuspended, suspended_because=because)) == plain
    assert [intent.subject_id for intent in plain] == [VOLUNTEER, COORDINATOR]


def test_who_ended_a_tandem_themselves_or_with_the_placement_is_not_told_twice() -> None:
    for reason in (TandemEndReason.DECLINED, TandemEndReason.PLACEMENT_OVER):
        assert mails_of(tandems.TandemEnded, end_reason=reason) == ["tandem-ended-coordinator"]
    both = ["tandem-ended-volunteer", "tandem-ended-coordinator"]
    assert mails_of(tandems.TandemEnded, end_reason=TandemEndReason.GOAL_REACHED) == both


def test_at_a_check_in_the_coordinator_is_reminded_and_after_the_trial_both_are_asked() -> None:
    assert mails_of(tandems.TandemCheckInDue) == ["tandem-check-in-due"]
    both = ["tandem-trial-over-volunteer", "tandem-trial-over-coordinator"]
    assert mails_of(tandems.TandemCheckInDue, check_in_id=None) == both


def test_whoever_speaks_for_a_group_hears_that_somebody_left_and_not_who() -> None:
    speaker, coordinator = intents_of(an_event(matching.GroupMemberLeft))
    assert (speaker.subject_id, coordinator.subject_id) == (SPEAKER, COORDINATOR)
    assert str(VOLUNTEER) not in str(speaker.data)
    assert mails_of(matching.GroupMemberLeft, speaker_id=None) == ["group-member-left-coordinator"]
    assert mails_of(matching.GroupMemberLeft, speaker_id=VOLUNTEER) == ["group-member-left-coordinator"]


def test_a_tandems_event_that_is_nobodys_occasion_tells_nobody() -> None:
    proposed = an_event(tandems.TandemProposed).model_dump()
    assert intents_of(tandems.TandemUpdated(**proposed)) == ()
    assert tandems.TandemUpdated not in OCCASIONS
    assert matching.PlacementStarted not in OCCASIONS


def test_a_shift_that_is_over_is_no_news() -> None:
    (moved,) = intents_of(an_event(matching.ShiftMoved))
    (cancelled,) = intents_of(an_event(matching.ShiftCancelled))
    assert moved.expires_at == cancelled.expires_at == NOW + timedelta(days=4, hours=2)


def test_whoever_answers_for_a_cancelled_shift_is_told_once_and_not_of_each_placement() -> None:
    for ended in (matching.PlacementEnded, matching.PlacementDeclined, matching.PlacementWithdrawn):
        assert intents_of(an_event(ended, told_by_notice=True)) == ()
    (told,) = intents_of(an_event(matching.ShiftCleared))
    assert (told.mail, told.subject_id) == ("shift-cancelled-coordinator", COORDINATOR)


def test_who_is_needed_elsewhere_at_a_shifts_new_time_is_told_so() -> None:
    (moved,) = intents_of(an_event(matching.ShiftMoved, overlaps=True))
    assert moved.data["overlaps"] == "True"
    (moved,) = intents_of(an_event(matching.ShiftMoved))
    assert "overlaps" not in moved.data


def test_an_expiring_clearance_is_told_to_the_volunteer_and_each_member_named() -> None:
    event = an_event(registry.ClearanceExpiring, member_ids=[COORDINATOR, UUID(int=5)])
    assert [(intent.mail, intent.subject_id) for intent in intents_of(event)] == [
        ("clearance-expiring-volunteer", VOLUNTEER),
        ("clearance-expiring-member", COORDINATOR),
        ("clearance-expiring-member", UUID(int=5)),
    ]


def test_a_request_is_told_to_the_coordinator_and_acknowledged_to_the_volunteer() -> None:
    mails = [intent.mail for intent in intents_of(an_event(matching.PlacementRequested))]
    assert mails == ["placement-requested-coordinator", "placement-requested-volunteer"]


def test_what_a_coordinator_reads_about_a_volunteer_concerns_the_volunteer() -> None:
    for mail, intent in every_intent().items():
        about_volunteer = intent.recipient is RecipientKind.MEMBER and "volunteer_id" in intent.data
        assert (intent.concerns == VOLUNTEER) == about_volunteer, mail


def test_an_offered_place_is_told_by_its_deadline() -> None:
    (intent,) = intents_of(an_event(matching.PlacementOffered))
    assert intent.expires_at == LATER


@pytest.mark.parametrize("cls", [matching.PlacementExpired, matching.PlacementStarted, matching.PlacementMoved])
def test_other_transitions_are_no_occasion(cls: type[matching.Placement]) -> None:
    like = an_event(matching.PlacementConfirmed)
    assert intents_of(cls(**like.model_dump())) == ()


@pytest.mark.parametrize("mail", [mail for mail in MAILS if mail != RECEIPT and MAILS[mail].needs])
def test_a_text_waits_for_every_thing_that_it_names(mail: str) -> None:
    data = every_intent()[mail].data
    wanted = named([(mail, data)])
    everything = all_facts()
    for kind in ("offers", "courses", "volunteers", "members", "campaigns", "speakers"):
        if getattr(wanted, kind):
            with pytest.raises(FactUnknown):
                values(mail, data, all_facts(**{kind: {}}))
    if Fact.ORGANISATION in MAILS[mail].needs:
        with pytest.raises(FactUnknown):
            values(mail, data, all_facts(organisations={}))
        assert values(mail, data, everything)["organisation"] == {"name": everything.organisations[ORGANISATION]}
    else:
        assert values(mail, data, everything)


def test_only_what_texts_name_is_looked_up() -> None:
    wanted = named([("offer-suggestion", {"offer_id": str(OFFER), "volunteer_id": str(UUID(int=1))})])
    assert wanted.offers == {OFFER} and not wanted.volunteers and not wanted.members


def test_nothing_is_tried_longer_than_its_deadline_or_the_limit() -> None:
    limit = timedelta(days=14)
    assert expiry(NOW, LATER, limit) == LATER
    assert expiry(NOW, None, limit) == NOW + limit
    assert expiry(NOW, NOW + timedelta(days=90), limit) == NOW + limit


@pytest.mark.parametrize("pause", [pause_after_refusal, pause_while_away, pause_while_unknown])
def test_pauses_grow_and_stay_bounded(pause: object) -> None:
    assert callable(pause)
    pauses = [pause(attempts) for attempts in range(1, 2000)]
    assert pauses == sorted(pauses) and pauses[0] < pauses[3] and pauses[-1] <= timedelta(minutes=15)
    assert pause_while_away(10_000) == AWAY_AT_MOST


def test_everything_that_matching_notes_is_told_to_somebody() -> None:
    noted = set(known_types("matching.notices").values())
    assert noted <= set(OCCASIONS)
    assert all(intents_of(an_event(cls)) for cls in noted)
