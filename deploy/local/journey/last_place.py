"""Two volunteers ask for the last place at the same moment: one gets it, the other waits."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from deploy.local.journey.people import Person
from deploy.local.journey.volunteering import confirm, request
from deploy.local.journey.walk import Walk


def last_place_goes_to_one(walk: Walk) -> None:
    """Both ask at once. Whoever gets the place is confirmed, the other is first in the waiting list."""
    rivals = walk.people.volunteers[1:]
    together = Barrier(len(rivals))

    def ask(person: Person) -> dict[str, Any]:
        together.wait(10)
        return request(walk, person)

    with ThreadPoolExecutor(max_workers=len(rivals)) as pool:
        answers = list(pool.map(ask, rivals))
    statuses = sorted(answer["status"] for answer in answers)
    walk.expect(statuses == ["requested", "waitlisted"], "one place taken and one volunteer waiting", answers)
    by_status = {answer["status"]: (person, answer) for person, answer in zip(rivals, answers, strict=True)}
    loser, waiting = by_status["waitlisted"]
    walk.expect(waiting["waiting_position"] == 1, "the first position in the waiting list", waiting)
    winner, placement = by_status["requested"]
    walk.telling.note(f"{winner.name} gets the last place, {loser.name} waits.")
    walk.mails.wait_for(loser, f"Auf der Warteliste: {walk.offer['title']}", "matching")
    confirm(walk, placement)
    walk.mails.wait_for(winner, f"Ihr Einsatz ist bestätigt: {walk.offer['title']}", "matching")
