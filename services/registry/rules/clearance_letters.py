"""The letter with which a volunteer gets the certificate free of charge: the organisation confirms the purpose in writing.

§ 30a(2) BZRG. It is in German, because the registration office reads it. Nothing of it is stored.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.contracts.registry import LegalBasis
from shared.documents import Block, Document, Facts, Heading, Letterhead, Paragraph, Signature
from shared.runtime.clock import BERLIN
from shared.runtime.errors import Reason, Refusal

BLANK = "______________________________"

LAWS: dict[LegalBasis, str] = {
    LegalBasis.SGB8_72A: "§ 72a Abs. 3 und 4 SGB VIII (Kinder- und Jugendhilfe)",
    LegalBasis.ASYLG_44: "§ 44 Abs. 3 AsylG (Aufnahmeeinrichtungen; Gemeinschaftsunterkünfte nach § 53 Abs. 3 AsylG)",
}
STORAGE: dict[LegalBasis, str] = {
    LegalBasis.SGB8_72A: " (§ 72a Abs. 5 SGB VIII)",
    LegalBasis.ASYLG_44: " (§ 44 Abs. 3 AsylG)",
    LegalBasis.OTHER: "",
}
"""By which rule of the law that was named no more is stored. Of another law it is not known here."""
MONTHS = (
    *("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November"),
    "Dezember",
)


@dataclass(frozen=True)
class Letter:
    """What stands in the letter. What is not known is left blank, to be filled in by hand."""

    organisation_id: UUID
    organisation: str
    legal_basis: LegalBasis
    stated_basis: str | None
    activity: str
    certificate_months: int
    volunteer: str | None = None
    place: str | None = None


def check_stated_basis(legal_basis: LegalBasis, stated_basis: str | None) -> None:
    """Without a legal basis, asking for a certificate is not allowed; another one than those listed is named.

    Raises
    ------
    Refusal
        `stated-basis-with-other-only`.
    """
    if (legal_basis is LegalBasis.OTHER) != (stated_basis is not None):
        raise Refusal(
            Reason.INVALID,
            "stated-basis-with-other-only",
            de="stated_basis gehört zur Rechtsgrundlage other, und nur zu ihr.",
            en="stated_basis belongs to the legal basis other, and only to it.",
        )


def letter(told: Letter, written_at: datetime) -> Document:
    """The letter, ready to be printed, signed and stamped."""
    day = written_at.astimezone(BERLIN)
    law = told.stated_basis if told.legal_basis is LegalBasis.OTHER else LAWS[told.legal_basis]
    blocks: tuple[Block, ...] = (
        Letterhead(
            sender=(told.organisation, f"Anschrift: {BLANK}"),
            recipient=("An die Meldebehörde", "des Wohnorts der antragstellenden Person"),
            place_and_date=f"{BLANK[:15]}, {day.day}. {MONTHS[day.month - 1]} {day.year}",
        ),
        Heading("Bestätigung zur Vorlage bei der Meldebehörde"),
        Paragraph(
            "Antrag auf ein erweitertes Führungszeugnis nach § 30a Abs. 1 BZRG;"
            " schriftliche Aufforderung nach § 30a Abs. 2 BZRG"
        ),
        Facts(
            (
                ("Name", told.volunteer or BLANK),
                ("Anschrift", f"{BLANK}, {told.place}" if told.place else BLANK),
                ("Geburtsdatum und -ort", BLANK),
                ("Tätigkeit", told.activity),
                ("Rechtsgrundlage", f"§ 30a Abs. 1 BZRG in Verbindung mit {law}"),
            )
        ),
        Paragraph(
            "Die genannte Person ist für uns ehrenamtlich tätig oder soll es werden. Für diese Tätigkeit müssen wir uns"
            " ein erweitertes Führungszeugnis vorlegen lassen. Wir bestätigen, dass die Voraussetzungen des § 30a Abs. 1"
            " BZRG vorliegen, und fordern die Person auf, es zu beantragen und uns vorzulegen. Beim Einsehen darf es"
            f" nicht älter als {_months(told.certificate_months)} sein."
        ),
        Paragraph(
            "Die Tätigkeit ist ehrenamtlich. Wir bitten deshalb, für das Führungszeugnis keine Gebühr zu erheben"
            " (Merkblatt des Bundesamts für Justiz zur Gebührenbefreiung)."
        ),
        Paragraph(
            "Hinweis: Wer die Staatsangehörigkeit eines anderen Mitgliedstaats der Europäischen Union hat, erhält ein"
            " Europäisches Führungszeugnis (§ 30b BZRG), das auch das Strafregister des Herkunftsstaats wiedergibt."
            " Es dauert einige Wochen länger; bitte früh beantragen."
        ),
        Paragraph(
            "Wir sehen das Führungszeugnis nur ein. Gespeichert wird, dass und wann es eingesehen wurde, sein Datum und"
            f" ob es eine einschlägige Verurteilung zeigt, sonst nichts{STORAGE[told.legal_basis]}; eine Kopie bleibt nicht"
            " bei uns."
        ),
        Signature((told.organisation, "Unterschrift und Stempel")),
    )
    return Document(
        title="Bestätigung für ein erweitertes Führungszeugnis",
        language="de",
        created=written_at,
        blocks=tuple(_unbroken(block) for block in blocks),
        footer=told.organisation,
        title_shown=False,
    )


def _unbroken(block: Block) -> Block:
    """A paragraph sign stays with its number."""
    match block:
        case Paragraph(text):
            return Paragraph(text.replace("§ ", "§\u00a0"))
        case Facts(rows):
            return Facts(tuple((label, value.replace("§ ", "§\u00a0")) for label, value in rows))
    return block


def _months(number: int) -> str:
    return "ein Monat" if number == 1 else f"{number} Monate"
