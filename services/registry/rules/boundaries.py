"""Task boundaries: proposed, discussed, agreed by both sides, revised with their history, ended (Aufgabenabgrenzung)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from services.registry.models.boundaries import (
    Agreement,
    Finding,
    InForce,
    Outcome,
    Proposal,
    ResponsibilityAnswer,
    Revision,
    StoredBoundary,
)
from shared.contracts.registry import BoundaryStatus, BoundaryTask
from shared.runtime.errors import Reason, Refusal, version_mismatch

YEARS_AT_MOST = 10
COMMENTS_AT_MOST = 100
REVISIONS_AT_MOST = 50


def check_proposal(proposal: Proposal, sides: Collection[UUID], today: date) -> None:
    """Refuse a proposal that the two could not agree to.

    Raises
    ------
    Refusal
        `no-side-of-boundary`, `valid-until-passed`, `valid-until-too-far`.
    """
    named = {proposal.responsible_organisation_id, *(task.organisation_id for task in proposal.tasks)}
    if not named <= set(sides):
        raise Refusal(
            Reason.INVALID,
            "no-side-of-boundary",
            de="Nur die beiden Seiten können Aufgaben übernehmen.",
            en="Only the two sides can take on tasks.",
        )
    if proposal.valid_until < today:
        raise Refusal(
            Reason.INVALID,
            "valid-until-passed",
            de="Der letzte Tag der Geltung ist schon vorbei.",
            en="The last day on which it counts has passed.",
        )
    if proposal.valid_until > today.replace(year=today.year + YEARS_AT_MOST, day=min(today.day, 28)):
        raise Refusal(
            Reason.INVALID,
            "valid-until-too-far",
            de=f"Höchstens für {YEARS_AT_MOST} Jahre.",
            en=f"For {YEARS_AT_MOST} years at most.",
            years_at_most=YEARS_AT_MOST,
        )


def revision_of(proposal: Proposal, number: int, version: int, side: UUID, member_id: UUID, now: datetime) -> Revision:
    """What is proposed, to which nobody has agreed yet, not even who proposes it."""
    return Revision(
        revision=number,
        outcome=Outcome.OPEN,
        responsible_id=proposal.responsible_organisation_id,
        tasks=tuple(BoundaryTask(**dict(task)) for task in proposal.tasks),
        valid_until=proposal.valid_until,
        proposed_by=side,
        proposed_by_member=member_id,
        proposed_at=now,
        proposed_version=version,
    )


def revised(
    boundary: StoredBoundary, proposal: Proposal, version: int, side: UUID, member_id: UUID, now: datetime
) -> StoredBoundary:
    """Something else is proposed, to what is agreed or to what was proposed; yeses to the latter are void.

    Raises
    ------
    Refusal
        `boundary-ended`, `version-mismatch`, `too-many-revisions`.
    """
    _check_live(boundary)
    if version != boundary.version:
        raise version_mismatch(boundary.version)
    last = max(each.revision for each in (boundary.agreed, boundary.open) if each is not None)
    if last >= REVISIONS_AT_MOST:
        raise Refusal(
            Reason.CONFLICT,
            "too-many-revisions",
            de="Diese Abgrenzung wurde sehr oft geändert. Bitte beenden und neu vorschlagen.",
            en="This boundary was revised very often. Please end it and propose it anew.",
        )
    new = revision_of(proposal, last + 1, boundary.version + 1, side, member_id, now)
    return replace(
        boundary,
        version=boundary.version + 1,
        open=new,
        status=BoundaryStatus.AGREED if boundary.agreed else BoundaryStatus.DISCUSSED,
        counts_until=boundary.agreed.valid_until if boundary.agreed else new.valid_until,
    )


def commented(boundary: StoredBoundary, comments: int) -> StoredBoundary:
    """Somebody comments on what is proposed.

    Raises
    ------
    Refusal
        `boundary-ended`, `nothing-proposed`, `too-many-comments`.
    """
    _open(boundary)
    if comments >= COMMENTS_AT_MOST:
        raise Refusal(
            Reason.CONFLICT,
            "too-many-comments",
            de="Dazu ist alles gesagt. Bitte einigen, anders vorschlagen oder beenden.",
            en="Enough was said. Please agree, propose something else, or end it.",
            at_most=COMMENTS_AT_MOST,
        )
    if boundary.status is BoundaryStatus.PROPOSED:
        return replace(boundary, version=boundary.version + 1, status=BoundaryStatus.DISCUSSED)
    return boundary


def agreed(
    boundary: StoredBoundary, version: int, side: UUID, member_id: UUID, now: datetime, today: date
) -> StoredBoundary:
    """A side says yes to what is proposed. The caller has seen it when it was proposed at their version or before:
    comments and the other side's yes do not change what is agreed to.

    Raises
    ------
    Refusal
        `boundary-ended`, `nothing-proposed`, `version-mismatch` when something else is proposed by now,
        `valid-until-passed`, `same-person-for-both`.
    """
    proposed = _open(boundary)
    if not proposed.proposed_version <= version <= boundary.version:
        raise version_mismatch(boundary.version)
    if proposed.valid_until < today:
        raise Refusal(
            Reason.CONFLICT,
            "valid-until-passed",
            de="Der letzte Tag der Geltung ist schon vorbei. Bitte neu vorschlagen.",
            en="The last day on which it counts has passed. Please propose it anew.",
        )
    if side in proposed.agreements:
        return boundary
    if any(agreement.member_id == member_id for agreement in proposed.agreements.values()):
        raise Refusal(
            Reason.FORBIDDEN,
            "same-person-for-both",
            de="Niemand stimmt für beide Seiten zu.",
            en="Nobody agrees for both sides.",
        )
    yes = replace(proposed, agreements={**proposed.agreements, side: Agreement(member_id=member_id, agreed_at=now)})
    boundary = replace(boundary, version=boundary.version + 1, open=yes)
    if set(yes.agreements) < set(boundary.organisation_ids):
        return boundary
    return replace(
        boundary,
        status=BoundaryStatus.AGREED,
        agreed=replace(yes, outcome=Outcome.AGREED),
        open=None,
        counts_until=yes.valid_until,
    )


def ended(boundary: StoredBoundary, today: date) -> StoredBoundary:
    """It counts no more (`boundary-ended`)."""
    _check_live(boundary)
    kept = replace(boundary.agreed, outcome=Outcome.ENDED) if boundary.agreed else None
    return replace(
        boundary,
        version=boundary.version + 1,
        status=BoundaryStatus.ENDED,
        agreed=kept,
        open=None,
        ended_on=today,
    )


def _check_live(boundary: StoredBoundary) -> None:
    if boundary.status is BoundaryStatus.ENDED:
        raise Refusal(
            Reason.CONFLICT,
            "boundary-ended",
            de="Diese Abgrenzung ist beendet. Bitte eine neue vorschlagen.",
            en="This boundary has ended. Please propose a new one.",
        )


def _open(boundary: StoredBoundary) -> Revision:
    _check_live(boundary)
    if boundary.open is None:
        raise Refusal(
            Reason.CONFLICT,
            "nothing-proposed",
            de="Hier ist gerade nichts vorgeschlagen, es gilt das Vereinbarte.",
            en="Nothing is proposed here now, what was agreed counts.",
        )
    return boundary.open


def kind_unknown(kinds: Sequence[str]) -> Refusal:
    """What would have been right: the terms of the vocabulary, and what is offered in the district."""
    return Refusal(
        Reason.INVALID,
        "kind-of-activity-unknown",
        de="Diese Art der Tätigkeit gibt es nicht. Bitte wählen Sie aus der Liste (`kinds`).",
        en="There is no such kind of activity. Please choose from the list (`kinds`).",
        kinds=list(kinds),
    )


def responsibilities(
    kinds: Iterable[str], in_force: Iterable[InForce], serving: Collection[UUID]
) -> list[ResponsibilityAnswer]:
    """Which bodies are responsible for each kind of activity in a district: exactly one is clear, two or more overlap, none
    is a gap. Bodies that do not serve the district (any more) do not count.

    Parameters
    ----------
    kinds
        Of the offers and of the boundaries of the district.
    in_force
        What is agreed and counts today.
    serving
        The verified organisations that serve the district.
    """
    bodies: dict[str, set[UUID]] = {kind: set() for kind in kinds}
    boundaries: dict[str, set[UUID]] = defaultdict(set)
    for each in in_force:
        responsible = bodies.setdefault(each.kind_of_activity, set())
        if each.responsible_id in serving:
            responsible.add(each.responsible_id)
            boundaries[each.kind_of_activity].add(each.boundary_id)
    return [
        ResponsibilityAnswer(
            kind_of_activity=kind,
            finding=_finding(len(found)),
            organisation_ids=tuple(sorted(found)),
            boundary_ids=tuple(sorted(boundaries[kind])),
        )
        for kind, found in sorted(bodies.items())
    ]


def _finding(bodies: int) -> Finding:
    if bodies == 0:
        return Finding.GAP
    return Finding.CLEAR if bodies == 1 else Finding.OVERLAP
