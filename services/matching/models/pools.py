"""Places that are given in order: those of an offer, or of one of its shifts."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from services.matching.models.offers import Offer
from services.matching.models.shifts import Shift
from shared.runtime.clock import BERLIN


@dataclass(frozen=True, slots=True)
class Pool:
    """Places with their waiting list. Whoever changes something holds the row of the offer, and then that of the shift."""

    offer: Offer
    places: int
    places_taken: int
    waiting: int
    last_queue_number: int
    shift: Shift | None = None
    next_together: int | None = None
    """How many places the first who wait need, when that was found out anew."""

    @classmethod
    def of(cls, offer: Offer, shift: Shift | None = None) -> "Pool":
        """The places of a shift, or those of an offer without shifts."""
        counted = shift or offer
        return cls(offer, counted.places, counted.places_taken, counted.waiting, counted.last_queue_number, shift=shift)

    @property
    def pool_id(self) -> UUID:
        return self.shift.shift_id if self.shift else self.offer.offer_id

    @property
    def counted_offer(self) -> Offer:
        """The offer with the counts of its own places."""
        if self.shift is not None:
            return self.offer
        return replace(
            self.offer,
            places_taken=self.places_taken,
            waiting=self.waiting,
            last_queue_number=self.last_queue_number,
        )

    @property
    def places_free(self) -> int:
        return self.places - self.places_taken

    @property
    def starts_at(self) -> datetime | None:
        """When what takes place begins; None: nobody said."""
        if self.shift is not None:
            return self.shift.starts_at
        return None if self.offer.starts_on is None else midnight(self.offer.starts_on)

    @property
    def ends_at(self) -> datetime | None:
        """When it is over; None: it is open-ended."""
        if self.shift is not None:
            return self.shift.ends_at
        last_day = self.offer.ends_on
        return None if last_day is None or last_day == date.max else midnight(last_day + timedelta(days=1))

    def gives_places(self, now: datetime) -> bool:
        """Whether somebody may get a place now: it is open, of a verified organisation, and a shift has not begun."""
        is_open = self.offer.is_open and self.offer.organisation_verified
        return is_open and (self.shift is None or (not self.shift.is_cancelled and now < self.shift.starts_at))


def midnight(day: date) -> datetime:
    """The instant at which a day begins in Germany."""
    return datetime.combine(day, time(), BERLIN).astimezone(UTC)
