"""Which contact is a volunteer's own: a running placement's first, then by topic, district, and who has room."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from uuid import UUID

from services.registry.models.own_contacts import Candidate, Reason, Running, Seeker
from services.registry.rules.dealings import RUNNING
from services.registry.rules.directory import absent_until

FOR_EVERYBODY = ("coordination_office", "volunteering")
"""Topics whose contacts are there for whoever has no contact of their wishes' topics."""

Merits = Callable[[Candidate], tuple[bool, bool, bool, bool, float, UUID]]


def choose(seeker: Seeker, candidates: Iterable[Candidate], today: date) -> tuple[Candidate, Reason] | None:
    """The contact for a volunteer, and why; None when there is nobody.

    1. Whoever answers for a running placement, otherwise a contact of its organisation in its district: they work
       together already, so the room that the contact has does not matter. Active ones before confirmed, suspended.
    2. Whom the volunteer has already, as long as it is a contact of their district: nobody is handed on without need.
    3. A contact of the district with room, of the organisation that registered them.
    4. A contact of the district with room, for a topic that the volunteer wishes for.
    5. Any contact of the district with room.

    Of whom an association's system has told, and who has not acted by themselves yet, the association's own contacts take
    care: files of thousands must not use up the room that others have for people who ask.

    Among equals: up to date, there today, with a language in common, the least taken.
    """
    merits = _merits(seeker, today)
    everybody = list(candidates)
    for status in RUNNING:
        running = [placement for placement in seeker.placements if placement.status is status]
        if running and (found := _of_placements(seeker, running, everybody, merits)):
            return found, Reason.PLACEMENT
    here = [
        each
        for each in everybody
        if each.district == seeker.district and seeker.told_by in (None, each.organisation_id)
    ]
    kept = [each for each in here if each.contact_id == seeker.current]
    with_room = [each for each in here if each.has_room]
    theirs = [each for each in with_room if each.organisation_id == seeker.registered_by]
    for some in (kept, theirs, [each for each in with_room if each.topic in seeker.wishes], with_room):
        if some:
            found = min(some, key=merits)
            return found, Reason.TOPIC if found.topic in seeker.wishes else Reason.DISTRICT
    return None


def _of_placements(
    seeker: Seeker, running: Sequence[Running], candidates: Sequence[Candidate], merits: Merits
) -> Candidate | None:
    coordinators = {(placement.organisation_id, placement.coordinator_id) for placement in running}
    places = {(placement.organisation_id, placement.district or seeker.district) for placement in running}
    topics = {(placement.organisation_id, placement.topic) for placement in running}
    there = [
        each
        for each in candidates
        if (each.organisation_id, each.subject_id) in coordinators or (each.organisation_id, each.district) in places
    ]
    return min(
        there,
        key=lambda each: (
            (each.organisation_id, each.subject_id) not in coordinators,
            each.contact_id != seeker.current,
            (each.organisation_id, each.district) not in places,
            (each.organisation_id, each.topic) not in topics,
            *merits(each),
        ),
        default=None,
    )


def _merits(seeker: Seeker, today: date) -> Merits:
    def merits(each: Candidate) -> tuple[bool, bool, bool, bool, float, UUID]:
        return (
            each.topic not in seeker.wishes and each.topic not in FOR_EVERYBODY,
            each.is_stale,
            bool(each.absences) and absent_until(each.absences, today) is not None,
            not each.languages & seeker.languages,
            each.volunteers / max(each.capacity, 1),
            each.contact_id,
        )

    return merits
