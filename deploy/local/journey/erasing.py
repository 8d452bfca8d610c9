"""A volunteer asks to be erased: every service erases and answers, the receipt goes out before the address does."""

from deploy.local.journey.organisation import close_offer
from deploy.local.journey.walk import Walk

SERVICES = ("matching", "notifications", "registry", "training")


def volunteer_is_erased(walk: Walk) -> None:
    """From the request to the receipt."""
    person = walk.people.volunteers[0]
    accepted = walk.calls.post(
        person,
        "registry",
        f"/volunteers/{person.subject_id}/erasure",
        expected=202,
        told="POST /volunteers/…/erasure",
    ).json
    walk.mails.wait_for(person, "Ihre Daten sind gelöscht", "all services")
    receipt = walk.calls.until(
        person,
        "registry",
        f"/erasures/{accepted['erasure_id']}",
        lambda answer: answer["status"] == "completed",
        hop=("all services", "everything is erased, the address too"),
        expected="a completed erasure",
    )
    services = tuple(sorted(answer["service"] for answer in receipt["services"]))
    walk.expect(services == SERVICES, "an answer of every service", receipt)
    walk.receipt = receipt
    for answer in receipt["services"]:
        walk.telling.note(
            f"{answer['service']}: {answer['records']} records deleted, log clean by {answer['log_clean_by']}"
        )


def nobody_knows_them_any_more(walk: Walk) -> None:
    """The token, valid for minutes yet, opens nothing in any service."""
    person = walk.people.volunteers[0]
    refused = (
        ("registry", "/volunteers/me"),
        ("matching", f"/volunteers/{person.subject_id}/suggestions"),
        ("training", "/qualifications"),
        ("notifications", "/messages"),
    )
    for service, path in refused:
        walk.calls.call(
            person, service, "GET", path, expected=401, told=f"GET {path.replace(str(person.subject_id), '…')}"
        )


def waiting_volunteer_moves_up(walk: Walk) -> None:
    """The place of whoever was erased is offered to the one who waits; nothing of this run is left open."""
    rivals = walk.people.volunteers[1:]
    waiting = next(r for r in rivals if walk.placements[str(r.subject_id)]["status"] == "waitlisted")
    placement = walk.placements[str(waiting.subject_id)]
    walk.calls.until(
        waiting,
        "matching",
        f"/placements/{placement['placement_id']}",
        lambda answer: answer["status"] == "offered",
        hop=("registry", "the place that came free is offered to the one who waited"),
        expected="an offered place",
    )
    walk.mails.wait_for(waiting, f"Ein Platz ist frei geworden: {walk.offer['title']}", "matching")
    close_offer(walk)
