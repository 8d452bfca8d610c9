"""What an organisation's law on data protection changes: its name, its periods, its authority, the notice to persons.

The churches apply laws of their own in accord with the GDPR (Art. 91 DSGVO): the KDG binds Caritas, the DSG-EKD Diakonie.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.registry.models.organisations import AuthorityAnswer, DataProtectionAnswer, OrganisationAnswer
from services.registry.rules.organisations import PUBLIC_BODIES
from shared.contracts.vocabulary import LegalProfile


@dataclass(frozen=True)
class Law:
    """A law on data protection, as far as it differs here."""

    name_de: str
    name_en: str
    answer_months: int
    access: str
    complaint: str


LAWS = {
    LegalProfile.GDPR: Law("DSGVO", "GDPR", 1, "Art. 15 DSGVO", "Art. 77 DSGVO"),
    LegalProfile.KDG: Law(
        "Gesetz über den Kirchlichen Datenschutz (KDG)",
        "Catholic law on data protection (KDG)",
        1,
        "§ 17 KDG",
        "§ 48 KDG",
    ),
    LegalProfile.DSG_EKD: Law(
        "EKD-Datenschutzgesetz (DSG-EKD)",
        "Protestant law on data protection (DSG-EKD)",
        3,
        "§ 19 DSG-EKD",
        "§ 46 DSG-EKD",
    ),
}
"""Periods: Art. 12(3) DSGVO and § 14(3) KDG one month, § 16(3) DSG-EKD three."""


@dataclass(frozen=True)
class AuthorityEntry:
    """One line of the list: `land` is the AGS's first two digits, empty for all; `bodies` all, public or private."""

    profile: LegalProfile
    land: str
    bodies: str
    authority: AuthorityAnswer


def answer_months(profile: LegalProfile) -> int:
    """So many months a request of a person may take (Art. 12(3) DSGVO, § 14(3) KDG, § 16(3) DSG-EKD)."""
    return LAWS[profile].answer_months


def authority_of(organisation: OrganisationAnswer, entries: Iterable[AuthorityEntry]) -> AuthorityAnswer:
    """Whom to complain to: by law, Land and kind of body. The Land is that of most of its districts.

    Raises
    ------
    LookupError
        The list names none for this law.
    """
    lands = Counter(ags[:2] for ags in organisation.districts)
    land = min(lands, key=lambda each: (-lands[each], each)) if lands else ""
    bodies = "public" if organisation.kind in PUBLIC_BODIES else "private"
    fitting = [
        entry
        for entry in entries
        if entry.profile is organisation.legal_profile and entry.land in (land, "") and entry.bodies in (bodies, "all")
    ]
    if not fitting:
        raise LookupError(f"no authority for {organisation.legal_profile} in {land}")
    return max(fitting, key=lambda entry: (entry.land != "", entry.bodies != "all")).authority


def data_protection(organisation: OrganisationAnswer, entries: Sequence[AuthorityEntry]) -> DataProtectionAnswer:
    """Under which law an organisation works, and the notice that says so."""
    law = LAWS[organisation.legal_profile]
    authority = authority_of(organisation, entries)
    months_de = "eines Monats" if law.answer_months == 1 else f"von {law.answer_months} Monaten"
    months_en = "one month" if law.answer_months == 1 else f"{law.answer_months} months"
    return DataProtectionAnswer(
        organisation_id=organisation.organisation_id,
        legal_profile=organisation.legal_profile,
        law=law.name_de,
        answer_months=law.answer_months,
        authority=authority,
        notice_de=(
            f"Für Ihre Daten bei {organisation.name} gilt: {law.name_de}. Sie können Auskunft verlangen ({law.access}) und "
            f"erhalten innerhalb {months_de} Antwort. Beschweren können Sie sich ({law.complaint}) bei: {authority.name}, "
            f"{authority.website}."
        ),
        notice_en=(
            f"Your data at {organisation.name} are protected by: {law.name_en}. You can ask which data are held "
            f"({law.access}) and get an answer within {months_en}. You can complain ({law.complaint}) to: "
            f"{authority.name}, {authority.website}."
        ),
    )
