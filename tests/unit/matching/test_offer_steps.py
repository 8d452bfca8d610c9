"""The state machine of offers: what leads where, what happens by itself, and that nothing leads out of closed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from services.matching.models.offers import OPEN, RUNNING, OfferStatus
from services.matching.rules.offers import (
    MACHINE,
    OfferStep,
    levels_of,
    offer_status_after,
    possible_offer_steps,
    step_by_places,
)
from shared.contracts.vocabulary import Level
from shared.runtime.errors import Refusal

STATUSES, STEPS = st.sampled_from(OfferStatus), st.sampled_from(OfferStep)
TABLE = {
    (OfferStatus.DRAFT, OfferStep.PUBLISH): OfferStatus.PUBLISHED,
    (OfferStatus.DRAFT, OfferStep.CLOSE): OfferStatus.CLOSED,
    (OfferStatus.PUBLISHED, OfferStep.PAUSE): OfferStatus.PAUSED,
    (OfferStatus.PUBLISHED, OfferStep.CLOSE): OfferStatus.CLOSED,
    (OfferStatus.PUBLISHED, OfferStep.FILL): OfferStatus.FILLED,
    (OfferStatus.FILLED, OfferStep.REOPEN): OfferStatus.PUBLISHED,
    (OfferStatus.FILLED, OfferStep.PAUSE): OfferStatus.PAUSED,
    (OfferStatus.FILLED, OfferStep.CLOSE): OfferStatus.CLOSED,
    (OfferStatus.PAUSED, OfferStep.RESUME): OfferStatus.PUBLISHED,
    (OfferStatus.PAUSED, OfferStep.CLOSE): OfferStatus.CLOSED,
}


@pytest.mark.parametrize("status", OfferStatus)
@pytest.mark.parametrize("step", OfferStep)
def test_only_what_is_in_the_table_happens(status: OfferStatus, step: OfferStep) -> None:
    if (status, step) in TABLE:
        assert offer_status_after(status, step) is TABLE[status, step]
        return
    with pytest.raises(Refusal) as refused:
        offer_status_after(status, step)
    assert refused.value.code == ("offer-closed" if status is OfferStatus.CLOSED else "offer-step-impossible")


@given(STATUSES)
def test_what_a_refusal_offers_instead_is_possible_and_is_for_people(status: OfferStatus) -> None:
    possible = possible_offer_steps(status)
    assert set(possible) == {step for (before, step) in TABLE if before is status and not MACHINE[step].by_itself}


class AnOffer(RuleBasedStateMachine):
    """Any steps in any order, with places that come and go."""

    def __init__(self) -> None:
        super().__init__()
        self.status = OfferStatus.DRAFT
        self.was_heard_of = False
        self.is_full = False

    @rule(step=STEPS)
    def take(self, step: OfferStep) -> None:
        before = self.status
        try:
            self.status = offer_status_after(before, step)
        except Refusal:
            assert (before, step) not in TABLE
        self.was_heard_of |= self.status in RUNNING
        self._settle()

    @rule(is_full=st.booleans())
    def places_change(self, is_full: bool) -> None:
        self.is_full = is_full
        self._settle()

    def _settle(self) -> None:
        step = step_by_places(self.status, self.is_full)
        if step is not None:
            self.status = offer_status_after(self.status, step)

    @invariant()
    def an_open_offer_is_filled_exactly_when_it_is_full(self) -> None:
        if self.status in OPEN:
            assert (self.status is OfferStatus.FILLED) == self.is_full

    @invariant()
    def nothing_leads_back_to_a_draft(self) -> None:
        assert not (self.was_heard_of and self.status is OfferStatus.DRAFT)


TestAnOffer = AnOffer.TestCase


@given(
    st.lists(st.sampled_from(("uk", "ar", "fa")), unique=True),
    st.dictionaries(st.sampled_from(("uk", "ar", "fa")), st.sampled_from(Level)),
    st.sampled_from(Level),
)
def test_levels_are_kept_and_there_is_one_for_each_language(
    languages: list[str], known: dict[str, Level], otherwise: Level
) -> None:
    levels = levels_of(tuple(languages), None, known, otherwise)
    assert [known.get(language, otherwise) for language in languages] == list(levels)
