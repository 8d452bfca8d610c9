"""Campaigns: who decides on them, how many calls a volunteer gets, and what a campaigner may learn: counts from 5 up.

What protects the people behind the counts:

- Fewer than 5 is all that is said of fewer than 5.
- Everything else is blurred by −2 … +2 and cut down to a multiple of 5. The blur follows from the set of people that is
  counted (the cell key method of official statistics): the same people give the same number however often it is asked,
  and two calls that overlap are blurred independently, so their difference tells of nobody.
- A number that is shown changes only when the true one has changed by 5 or more, and once a day at most: who watches
  it learns of no single answer.
- There is no estimate before a campaign is approved, and only so many of an organisation are under way at once.
"""

import hashlib
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from services.registry.models.campaigns import Aim, CampaignStatus, Count, ShownCount, Target
from shared.runtime.clock import BERLIN
from shared.runtime.errors import Reason, Refusal

SMALLEST = 5
"""No smaller count is ever told; also the step to which the others are cut down."""
BLUR = 2
PERIOD_AT_MOST = timedelta(days=90)
LEAD_AT_MOST = timedelta(days=365)
MONTH = timedelta(days=30)
UNDER_WAY = frozenset(
    (CampaignStatus.SUBMITTED, CampaignStatus.APPROVED, CampaignStatus.CALLING, CampaignStatus.CALLED)
)
OPEN = frozenset((CampaignStatus.CALLING, CampaignStatus.CALLED))
"""In these a call can be answered."""
CHANGEABLE = frozenset((CampaignStatus.DRAFT, CampaignStatus.DECLINED))


def shown_count(count: Count, before: ShownCount | None) -> ShownCount:
    """What is to be shown of a count, given what was shown of it before."""
    if before is not None and abs(count.true - before.of) < SMALLEST:
        return before
    blurred = count.true + _blur(count)
    if count.true < SMALLEST or blurred < SMALLEST:
        return ShownCount(count.true, None)
    return ShownCount(count.true, blurred - blurred % SMALLEST)


def _blur(count: Count) -> int:
    digest = hashlib.sha256(f"{count.true} {count.key % 2**64}".encode()).digest()
    return int.from_bytes(digest[:8]) % (2 * BLUR + 1) - BLUR


def needs_state_admin(target: Target) -> bool:
    """Whether a target group is drawn by what people have consented to tell of themselves (Art. 9 DSGVO, age).

    Such a campaign is decided outside the organisation; every other by a second person in it: fast, and with four eyes.
    """
    return target.own_migration_experience or bool(target.age_bands)


def check_decision(target: Target, decides: UUID, involved: Iterable[UUID | None], *, is_state_admin: bool) -> None:
    """Whether somebody may decide on a submitted campaign.

    Raises
    ------
    Refusal
        `own-campaign`: nobody decides on what they wrote or submitted. `campaign-for-state-admin`.
    """
    if decides in set(involved):
        raise Refusal(
            Reason.FORBIDDEN,
            "own-campaign",
            de="Über den eigenen Aufruf entscheidet jemand anderes.",
            en="Somebody else decides on your own campaign.",
        )
    if needs_state_admin(target) and not is_state_admin:
        raise Refusal(
            Reason.FORBIDDEN,
            "campaign-for-state-admin",
            de="Über Aufrufe, die nach Alter oder eigener Migrationserfahrung auswählen, entscheidet die Landesverwaltung.",
            en="The state administration decides on a campaign that selects by age or own migration experience.",
        )


def check_period(starts_on: date, ends_on: date, today: date) -> None:
    """A campaign's period, both days included (`campaign-period`)."""
    if not (today <= starts_on <= ends_on <= starts_on + PERIOD_AT_MOST and starts_on <= today + LEAD_AT_MOST):
        raise Refusal(
            Reason.INVALID,
            "campaign-period",
            de=f"Ein Aufruf beginnt frühestens heute und dauert höchstens {PERIOD_AT_MOST.days} Tage.",
            en=f"A campaign begins today at the earliest and lasts {PERIOD_AT_MOST.days} days at most.",
        )


def check_status(status: CampaignStatus, allowed: Iterable[CampaignStatus]) -> None:
    """Whether a step is possible now (`campaign-step-impossible`)."""
    if status not in set(allowed):
        raise Refusal(
            Reason.CONFLICT,
            "campaign-step-impossible",
            de="In diesem Zustand des Aufrufs geht das nicht.",
            en="This is not possible in the campaign's present state.",
            status=status.value,
        )


def check_under_way(under_way: int, at_most: int) -> None:
    """Whether an organisation may begin one more (`too-many-campaigns`)."""
    if under_way >= at_most:
        raise Refusal(
            Reason.CONFLICT,
            "too-many-campaigns",
            de="Es laufen schon mehrere Aufrufe Ihrer Organisation. Bitte warten Sie, bis einer zu Ende ist.",
            en="Several campaigns of your organisation are under way. Please wait until one is over.",
        )


def call_due(aim: Aim, now: datetime, ends_at: datetime, at_most: int) -> datetime | None:
    """When a volunteer may be called: now, when their month has room again, or (None) not in this campaign's period."""
    if aim.calls < at_most:
        return now
    if not at_most or aim.first_called_at is None:
        return None
    due = aim.first_called_at + MONTH
    return due if due < ends_at else None


def ends_at(ends_on: date) -> datetime:
    """The instant at which a period with this last day is over, in Germany."""
    return datetime.combine(ends_on + timedelta(days=1), time(), BERLIN).astimezone(UTC)


def midnight(now: datetime) -> datetime:
    """The instant at which this day began in Germany."""
    return datetime.combine(now.astimezone(BERLIN).date(), time(), BERLIN).astimezone(UTC)


def next_district(target: Target, after: str) -> str | None:
    """The district of a target group that is to be gone through next, in the order of the keys; None: all are done."""
    return next((district for district in target.districts if district >= after), None)
