"""Machines: a machine is no person and holds no other role; a source system belongs to one organisation."""

from collections.abc import Iterable
from datetime import timedelta

from shared.contracts.registry import Membership
from shared.contracts.vocabulary import Role
from shared.runtime.errors import Reason, Refusal

CODE_LIFETIME = timedelta(days=7)
MACHINES_AT_MOST = 20
"""Per organisation."""


def check_one_purpose(memberships: Iterable[Membership], added: Role) -> None:
    """Nobody signs in as a person and as a machine, and a machine works for one organisation.

    Raises
    ------
    Refusal
        `identity-in-use`.
    """
    held = {membership.role for membership in memberships}
    if held and (added is Role.INTEGRATION or Role.INTEGRATION in held):
        raise Refusal(
            Reason.CONFLICT,
            "identity-in-use",
            de="Dieser Zugang gehört schon zu einer Person oder zu einer anderen technischen Anbindung.",
            en="This account belongs to a person or to another technical integration already.",
        )


def code_invalid() -> Refusal:
    """Unknown, used, expired, or replaced: all the same to whoever shows it."""
    return Refusal(
        Reason.INVALID,
        "code-invalid",
        de="Dieser Code gilt nicht. Bitte lassen Sie sich einen neuen geben.",
        en="This code is not valid. Please ask for a new one.",
    )


def machine_bound() -> Refusal:
    """There is nothing to hand a code over for."""
    return Refusal(
        Reason.CONFLICT,
        "machine-bound-already",
        de="Diese technische Anbindung ist schon eingerichtet. Für einen anderen Zugang bitte eine neue anlegen.",
        en="This technical integration is set up already. For another account please add a new one.",
    )


def source_taken() -> Refusal:
    """Another organisation exchanges data under this name."""
    return Refusal(
        Reason.CONFLICT,
        "source-taken",
        de="Diesen Namen eines Quellsystems gibt es schon. Bitte einen anderen wählen.",
        en="There is a source system of this name already. Please choose another one.",
    )


def too_many_machines() -> Refusal:
    """More than anybody needs."""
    return Refusal(
        Reason.CONFLICT,
        "too-many-machines",
        de=f"Mehr als {MACHINES_AT_MOST} technische Anbindungen sind nicht möglich.",
        en=f"No more than {MACHINES_AT_MOST} technical integrations are possible.",
    )
