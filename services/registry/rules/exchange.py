"""What associations' systems may tell, and what not."""

from services.registry.models.exchange import RowFault
from services.registry.rules.row_faults import text_of
from shared.contracts.vocabulary import OrganisationKind, Role
from shared.runtime.errors import Reason, Refusal

KINDS_BY_IMPORT = frozenset(OrganisationKind) - {
    OrganisationKind.STATE_AUTHORITY,
    OrganisationKind.DISTRICT_AUTHORITY,
    OrganisationKind.MUNICIPALITY,
}
"""An authority is no part of an association."""
ROLES_BY_IMPORT = frozenset((Role.COORDINATOR, Role.TRAINER))
ROLES_BY_IMPORT_BELOW = ROLES_BY_IMPORT | {Role.ORGANISATION_ADMIN}
"""In the organisations under the calling one, which would have nobody to invite anybody otherwise."""


def may_be_told(role: Role, *, own: bool) -> bool:
    """May a source system give this role, and take it: in the organisation whose it is, or in one under it?"""
    return role in (ROLES_BY_IMPORT if own else ROLES_BY_IMPORT_BELOW)


def check_told_role(role: Role, *, in_own_organisation: bool) -> None:
    """A source system gives no role with which it could widen its own reach.

    Raises
    ------
    Refusal
        `role-not-by-import`.
    """
    if not may_be_told(role, own=in_own_organisation):
        raise role_not_by_import()


def role_not_by_import() -> Refusal:
    """Given and taken by people."""
    return Refusal(
        Reason.INVALID,
        "role-not-by-import",
        de="Diese Rolle gibt und nimmt eine Verwalterin oder ein Verwalter der Organisation, keine technische Anbindung.",
        en="This role is given and taken by an organisation_admin, not by a technical integration.",
    )


def check_kind(kind: OrganisationKind) -> None:
    """An authority is no part of an association.

    Raises
    ------
    Refusal
        `kind-not-by-import`.
    """
    if kind not in KINDS_BY_IMPORT:
        raise Refusal(
            Reason.INVALID,
            "kind-not-by-import",
            de="Eine Behörde gehört nicht zu einem Verband.",
            en="An authority is no part of an association.",
        )


def only_the_state_administration() -> Refusal:
    """What was verified, or suspended, is changed by whoever decided that."""
    return Refusal(
        Reason.CONFLICT,
        "only-the-state-administration",
        de="Was bestätigt wurde, und eine gesperrte Organisation, ändert nur die Landesverwaltung.",
        en="What was verified, and a suspended organisation, is changed by the state administration only.",
    )


def stays_where_it_is() -> Refusal:
    """Another organisation or district is another contact."""
    return Refusal(
        Reason.CONFLICT,
        "another-contact",
        de="Organisation und Landkreis einer Ansprechperson bleiben. Bitte eine neue melden.",
        en="Organisation and district of a contact stay. Please tell a new one.",
    )


def substitute_not_told() -> Refusal:
    """Whoever stands in has to be known first: sent again, the row finds them."""
    return Refusal(
        Reason.INVALID,
        "substitute-not-told",
        de="Diese Vertretung ist noch nicht gemeldet. Bitte zuerst sie melden, dann diese Zeile noch einmal.",
        en="This substitute was not told yet. Please tell them first, then this row again.",
    )


def ends_by_people() -> Refusal:
    """Of an organisation others are members, and others' records hang on it."""
    return Refusal(
        Reason.CONFLICT,
        "organisation-ends-by-people",
        de="Eine Organisation endet nicht durch eine technische Anbindung: Bitten Sie die Landesverwaltung, sie zu sperren.",
        en="An organisation does not end through a technical integration: ask the state administration to suspend it.",
    )


def role_changes_by_people() -> Refusal:
    """A role that somebody holds is changed by an organisation_admin."""
    return Refusal(
        Reason.CONFLICT,
        "role-held-already",
        de="Diese Person hat schon eine Rolle. Eine andere gibt ihr eine Verwalterin oder ein Verwalter.",
        en="This person holds a role already. Another one is given by an organisation_admin.",
    )


def too_many_invitations() -> Refusal:
    """Everybody who is invited gets a mail. Sent again tomorrow, the file goes on where it stopped."""
    return Refusal(
        Reason.TOO_MANY,
        "too-many-invitations",
        de="Heute sind keine weiteren Einladungen möglich. Bitte dieselbe Datei morgen noch einmal senden.",
        en="No more invitations are possible today. Please send the same file again tomorrow.",
    )


def importing_stopped() -> Refusal:
    """Whoever asked for the import has lost the role since."""
    return Refusal(
        Reason.FORBIDDEN,
        "import-stopped",
        de="Der Zugang, der diesen Import begonnen hat, gilt nicht mehr.",
        en="The account that began this import is no longer valid.",
    )


def too_many_imports(at_most: int) -> Refusal:
    """The ones before come first."""
    return Refusal(
        Reason.TOO_MANY,
        "too-many-imports",
        de=f"Es sind schon {at_most} Importe in Arbeit. Bitte warten Sie, bis einer fertig ist.",
        en=f"{at_most} imports are under way already. Please wait until one is done.",
        retry_after_seconds=10,
    )


def idempotency_key_reused() -> Refusal:
    """The same key, another file."""
    return Refusal(
        Reason.INVALID,
        "idempotency-key-reused",
        de="Dieser Idempotency-Key gehört zu einer anderen Anfrage.",
        en="This Idempotency-Key belongs to another request.",
    )


def row_refused(fault: RowFault) -> Refusal:
    """What a report would say of the row, said at once."""
    de, en = text_of(fault.code, fault.de, fault.en)
    return Refusal(Reason.INVALID, fault.code, de=de, en=en, pointer=fault.pointer)
