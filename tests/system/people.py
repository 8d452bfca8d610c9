"""People for tests that begin where the journey's first steps have ended."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

from deploy.local.journey import organisation
from deploy.local.journey.calls import Calls
from deploy.local.journey.mails import Mails
from deploy.local.journey.people import Person, invent
from deploy.local.journey.telling import Telling
from deploy.local.journey.volunteering import registers_and_confirms
from deploy.local.journey.walk import Walk
from deploy.local.preparation import STATE_ADMIN
from tests.system.platform import RunningPlatform

PATIENCE = 90.0
AT_A_TIME = 3


@contextmanager
def new_walk(platform: RunningPlatform) -> Iterator[Walk]:
    """New people, signed in where they are staff, before the first step; they can call inside."""
    people, telling, world = invent(STATE_ADMIN), Telling(), platform.world
    for person in people.everybody:
        if person.subject is not None:
            person.holds(world.staff_token(person.subject))
    calls = Calls(world, telling, PATIENCE)
    mails = Mails(world, telling, calls.correlation_id, PATIENCE)
    with closing(calls), closing(mails):
        yield Walk(calls, mails, people, telling)


def staffed_organisation(platform: RunningPlatform) -> Walk:
    """A verified organisation with a coordinator whom matching knows and a trainer whom training knows."""
    with new_walk(platform) as walk:
        for step in (
            organisation.organisation_is_registered_and_verified,
            organisation.coordinator_and_trainer_are_invited,
            organisation.offer_is_published,
            organisation.course_is_published,
            organisation.close_offer,
        ):
            step(walk)
    return walk


def confirmed_volunteers(platform: RunningPlatform, count: int, language: str = "uk") -> list[Person]:
    """Volunteers who registered and confirmed by mail, and speak `language`."""

    def one(_: int) -> Person:
        with new_walk(platform) as walk:
            person = walk.people.volunteers[0]
            registers_and_confirms(walk, person, language)
            return person

    with ThreadPoolExecutor(max_workers=AT_A_TIME) as pool:
        return list(pool.map(one, range(count)))
