"""What associations' systems tell: a row of each kind, by their own ids; and what became of it."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Generic, Literal, TypeVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints, TypeAdapter, ValidationError

from services.registry.models.addresses import Mail
from services.registry.models.consents import TextVersion
from services.registry.models.contacts import (
    CAPACITY_USUALLY,
    Capacity,
    ContactAbsences,
    ContactLanguages,
    OfficeHours,
    Phone,
)
from services.registry.models.organisations import DISTRICTS_AT_MOST, Districts
from services.registry.models.sign_in import Secret
from services.registry.models.volunteers import Availability, Languages, ReachKm, Terms, Travels
from shared.contracts.vocabulary import AGS, LegalProfile, OrganisationKind, PostalCode, Role, Term
from shared.http.languages import Language
from shared.http.models import Line, RequestModel, has_refused_characters
from shared.http.validation import faults_of


class Kind(StrEnum):
    """What is exchanged."""

    ORGANISATIONS = "organisations"
    MEMBERS = "members"
    CONTACTS = "contacts"
    VOLUNTEERS = "volunteers"


ExternalId = Annotated[str, StringConstraints(min_length=1, max_length=100)]
"""What a source system calls something. Text, whatever it looks like: leading zeros count."""
OfOrganisation = Annotated[
    ExternalId | None,
    Field(description="the source system's id of the organisation it belongs to; left out: the calling organisation"),
]


class OrganisationRow(RequestModel):
    """An organisation under the calling one. It is verified by the state administration, like any other."""

    name: Line
    kind: OrganisationKind
    districts: Districts
    legal_profile: Annotated[
        LegalProfile | None, Field(description="left out: as it is; of a new organisation, the GDPR")
    ] = None


class MemberRow(RequestModel):
    """A person of the staff; they are invited by mail, and bound to how they sign in when they accept."""

    organisation: OfOrganisation = None
    name: Line
    mail: Mail
    language: Language = "de"
    role: Role
    districts: Annotated[tuple[AGS, ...], Field(max_length=DISTRICTS_AT_MOST)] = ()


class ContactRow(RequestModel):
    """A staff contact to be found by anybody. What stands here is published on purpose."""

    organisation: OfOrganisation = None
    member: Annotated[ExternalId | None, Field(description="the source system's id of the member who this is")] = None
    district: AGS
    topic: Term
    languages: ContactLanguages = ()
    name: Line
    mail: Mail | None = None
    phone: Phone | None = None
    postal_code: PostalCode | None = None
    office_hours: OfficeHours = ()
    absences: ContactAbsences = ()
    capacity: Capacity = CAPACITY_USUALLY
    substitute: Annotated[
        ExternalId | None,
        Field(
            description="the source system's id of the contact who stands in; told before, or in the same file, wherever"
        ),
    ] = None


class ProofChannel(StrEnum):
    """How the association took the consent."""

    WEB = "web"
    PAPER = "paper"
    PHONE = "phone"
    IN_PERSON = "in_person"


class ConsentProof(RequestModel):
    """What the association can show: that this person agreed to be registered here (Art. 7 (1) DSGVO)."""

    purpose: Literal["processing"]
    text_version: TextVersion
    given_at: AwareDatetime
    channel: ProofChannel
    reference: Line = Field(description="where the association keeps it")


class VolunteerRow(RequestModel):
    """A volunteer of the association, only with proof of their consent. `birth_date` is not stored."""

    name: Line
    mail: Mail
    language: Language = "de"
    postal_code: PostalCode
    district: AGS | None = None
    languages: Languages = ()
    wishes: Terms = ()
    skills: Terms = ()
    availability: Availability = ()
    reach_km: ReachKm = 15
    travel: Travels = ()
    birth_date: date | None = None
    consent: ConsentProof


AnyRow = OrganisationRow | MemberRow | ContactRow | VolunteerRow

ROWS: dict[Kind, type[OrganisationRow] | type[MemberRow] | type[ContactRow] | type[VolunteerRow]] = {
    Kind.ORGANISATIONS: OrganisationRow,
    Kind.MEMBERS: MemberRow,
    Kind.CONTACTS: ContactRow,
    Kind.VOLUNTEERS: VolunteerRow,
}


class Outcome(StrEnum):
    """What became of a row."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    SUPPRESSED = "suppressed"
    """The person was erased or has objected; nothing was stored."""


@dataclass(frozen=True)
class RowFault:
    """Where in the row, and what, as a stable code. Never what stood there.

    `de`, `en`: what belongs there, when that follows from the field and not from the code alone.
    """

    pointer: str
    code: str
    de: str | None = None
    en: str | None = None


_external_id: TypeAdapter[str] = TypeAdapter(ExternalId)


def row_of(kind: Kind, values: object) -> AnyRow | tuple[RowFault, ...]:
    """The row that these JSON values are, or what is wrong with them."""
    try:
        return ROWS[kind].model_validate(values)
    except ValidationError as error:
        faults = faults_of(
            [
                {**fault, "loc": ("body", *fault["loc"])}
                for fault in error.errors(include_url=False, include_input=False)
            ]
        )
        return tuple(RowFault(fault.pointer, fault.code, fault.de, fault.en) for fault in faults)


def external_id_of(value: object) -> str | RowFault:
    """A source system's id for something, or what is wrong with it."""
    pointer = "#/external_id"
    if value is None or value == "":
        return RowFault(pointer, "missing")
    if not isinstance(value, str):
        return RowFault(pointer, "wrong-type")
    if has_refused_characters(value) or value != value.strip() or "\n" in value or "\r" in value:
        return RowFault(pointer, "invalid-characters")
    try:
        return _external_id.validate_python(value)
    except ValidationError:
        return RowFault(pointer, "too-long")


RowType = TypeVar("RowType")


@dataclass(frozen=True)
class Incoming(Generic[RowType]):
    """One row that could be read. `number` counts the rows of a file from 1."""

    number: int
    external_id: str
    row: RowType
    digest: bytes
    spelling: bytes
    """Hash of what is the same in every spelling of the external id."""
    fingerprint: bytes


@dataclass(frozen=True)
class Result:
    """What became of one row."""

    number: int
    outcome: Outcome
    faults: tuple[RowFault, ...] = ()
    digest: bytes | None = None
    external_id: str | None = None


@dataclass(frozen=True)
class Link:
    """A row of `external_ids`: what a source system calls something, and what it is here."""

    link_id: UUID
    source: str
    external_id: str
    id: UUID
    fingerprint: bytes
    by_import: bool
    is_confirmed: bool
    has_waiting_row: bool = False
    """What was told last had no effect yet: the data was only to be stored. Told again after that, it has."""
    told_organisation_id: UUID | None = None
    told_role: str | None = None
    """Of members: which role in which organisation this id stands for; None: told before it was kept."""


class UpsertAnswer(BaseModel):
    """What became of one thing that was told by its external id."""

    source: str
    kind: Kind
    external_id: str
    outcome: Outcome
    notes: list[str] = []


class DeleteAll(RequestModel):
    """What the source system knows no longer."""

    external_ids: Annotated[tuple[ExternalId, ...], Field(min_length=1, max_length=1000)]


class Deleted(BaseModel):
    """What became of one of them. `unknown`: there is nothing of this id, so nothing was to be done."""

    external_id: str
    outcome: Literal["deleted", "unknown", "refused"]
    code: str | None = None
    detail_de: str | None = None
    detail_en: str | None = None


class LinkAnswer(BaseModel):
    """What is known of an external id. Of volunteers `id` is the link's own: who they are here is not told."""

    source: str
    kind: Kind
    external_id: str
    id: UUID
    is_confirmed: bool = Field(
        description="of a volunteer: they agreed; of an organisation: it is verified; of others always true"
    )


class AnswerLink(RequestModel):
    """What a volunteer answers to an association that told of them, by the link of the mail."""

    token: Secret
    answer: Literal["agree", "object"]


class VolunteerLink(BaseModel):
    """An organisation knows a volunteer by an id of its own; and what it says of their consent."""

    link_id: UUID
    organisation_id: UUID
    organisation: str
    source: str
    external_id: str
    by_import: bool
    imported_at: datetime
    confirmed_at: datetime | None
    text_version: str | None
    channel: str | None
    reference: str | None
    given_at: datetime | None
    told_at: datetime | None
