"""The journey itself: its steps in order, and what came of it."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from deploy.local.journey import erasing, last_place, organisation, volunteering
from deploy.local.journey.calls import Calls
from deploy.local.journey.mails import Mails
from deploy.local.journey.people import People, invent
from deploy.local.journey.telling import Telling
from deploy.local.journey.walk import Walk
from deploy.local.journey.world import World
from deploy.local.preparation import STATE_ADMIN

PATIENCE = 30.0
"""Seconds within which each expectation must come true."""

Step = tuple[str, Callable[[Walk], None]]
ERASURE = "The first volunteer is erased, everywhere"

STEPS: tuple[Step, ...] = (
    ("An organisation is registered and verified", organisation.organisation_is_registered_and_verified),
    ("Its coordinator and its trainer are invited by mail", organisation.coordinator_and_trainer_are_invited),
    ("The coordinator publishes an offer: homework help in Celle", organisation.offer_is_published),
    ("The trainer publishes a course: basic qualification", organisation.course_is_published),
    ("A volunteer registers; the mailed link confirms and signs in", volunteering.first_registers),
    (
        "Not suggested yet; but what is missing, and which course would help",
        volunteering.nothing_is_suggested,
    ),
    ("The volunteer enrols; attendance completes the course", volunteering.first_completes_the_course),
    ("The offer is suggested, with reasons; a mail tells of it", volunteering.offer_is_suggested),
    ("The volunteer asks for the placement, the coordinator confirms", volunteering.placement_is_confirmed),
    ("Two more volunteers register", volunteering.others_register),
    ("They complete the course as well", volunteering.others_complete_the_course),
    ("Both ask for the last place at once: one gets it, the other waits", last_place.last_place_goes_to_one),
    (ERASURE, erasing.volunteer_is_erased),
    ("Nobody knows them any more", erasing.nobody_knows_them_any_more),
    ("Whoever waited moves up; the coordinator closes the offer", erasing.waiting_volunteer_moves_up),
)


@dataclass(frozen=True)
class Walked:
    """A journey that came to its end."""

    walk: Walk
    seconds: float

    @property
    def people(self) -> People:
        """Who walked it."""
        return self.walk.people

    @property
    def correlation_id(self) -> str:
        """Under which every service logged it."""
        return self.walk.calls.correlation_id


def walk_through(
    world: World,
    telling: Telling | None = None,
    patience: float = PATIENCE,
    before: Callable[[int, Walk], None] | None = None,
) -> Walked:
    """Walk the whole journey once, with new people.

    Parameters
    ----------
    patience
        Seconds within which each expectation must come true.
    before
        Called with the number of the step (from 1) and the walk before each step; tests make trouble there.

    Raises
    ------
    StepFailed
        A step did not hold.
    """
    telling = telling or Telling()
    people = invent(STATE_ADMIN)
    for person in people.everybody:
        if person.subject is not None:
            person.holds(world.staff_token(person.subject))
    calls = Calls(world, telling, patience)
    mails = Mails(world, telling, calls.correlation_id, patience)
    walk = Walk(calls, mails, people, telling)
    begun = time.monotonic()
    try:
        for number, (title, step) in enumerate(STEPS, start=1):
            telling.step(title)
            if before is not None:
                before(number, walk)
            step(walk)
    finally:
        calls.close()
        mails.close()
    return Walked(walk, time.monotonic() - begun)
