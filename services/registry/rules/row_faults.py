"""What the codes in the report of an import mean, for whoever has to mend the file."""

from services.registry.rules.import_files import UnknownColumns

_TEXTS: dict[str, tuple[str, str]] = {
    "missing": ("Diese Angabe fehlt.", "This is missing."),
    "unknown-field": ("Dieses Feld gibt es nicht.", "There is no such field."),
    "too-short": ("Das ist zu kurz oder leer.", "This is too short or empty."),
    "too-long": ("Das ist zu lang.", "This is too long."),
    "too-few": ("Das sind zu wenige.", "These are too few."),
    "too-many-items": ("Das sind zu viele.", "These are too many."),
    "too-small": ("Die Zahl ist zu klein.", "The number is too small."),
    "too-large": ("Die Zahl ist zu groß.", "The number is too large."),
    "wrong-format": ("Das hat nicht die erwartete Form.", "This is not in the expected form."),
    "wrong-type": ("Das ist nicht die erwartete Art von Angabe.", "This is not the expected kind of input."),
    "unknown-value": ("Dieser Wert ist nicht vorgesehen.", "This is not one of the possible values."),
    "invalid-characters": ("Enthält unzulässige Zeichen.", "Contains characters that are not allowed."),
    "single-line": ("Hier darf kein Zeilenumbruch stehen.", "No line break is allowed here."),
    "time-zone-missing": ("Die Zeitzone fehlt.", "The time zone is missing."),
    "not-utf-8": ("Die Zeile ist nicht in UTF-8 geschrieben.", "The row is not written in UTF-8."),
    "row-too-long": (
        "Die Zeile ist länger als 64 KB.",
        "The row is longer than 64 KB.",
    ),
    "malformed-csv": ("Die Zeile ist kein gültiges CSV.", "The row is not valid CSV."),
    "malformed-json": ("Die Zeile ist kein gültiges JSON.", "The row is not valid JSON."),
    "not-an-object": ("Die Zeile ist kein JSON-Objekt.", "The row is not a JSON object."),
    "wrong-number-of-values": (
        "Die Zeile hat nicht so viele Werte, wie es Spalten gibt.",
        "The row has not as many values as there are columns.",
    ),
    "external-id-twice": (
        "Diese Kennung steht in der Datei schon weiter oben.",
        "This id stands further up in the file already.",
    ),
    "term-unknown": (
        "Diese Wörter stehen nicht in der Liste (GET /vocabularies/skills, GET /vocabularies/wishes).",
        "These words are not in the list (GET /vocabularies/skills, GET /vocabularies/wishes).",
    ),
    "consent-in-the-future": (
        "Die Einwilligung kann nicht in der Zukunft liegen.",
        "The consent cannot lie in the future.",
    ),
    "postal-code-unknown": ("Diese Postleitzahl gibt es nicht.", "There is no such postal code."),
    "place-not-served": (
        "Für diese Postleitzahl ist noch kein Landkreis hinterlegt.",
        "No district is recorded for this postal code yet.",
    ),
    "district-needed": (
        "Zu dieser Postleitzahl kommen mehrere Landkreise in Frage: bitte den Landkreis angeben.",
        "This postal code may lie in several districts: please name the district.",
    ),
    "district-not-here": (
        "Dieser Landkreis gehört nicht zu der Postleitzahl.",
        "This district does not belong to the postal code.",
    ),
    "district-unknown": (
        "Einen dieser Landkreise gibt es hier nicht (GET /districts nennt alle).",
        "One of these districts does not exist here (GET /districts names all).",
    ),
    "district-not-of-organisation": (
        "Die Organisation ist in diesem Landkreis nicht tätig.",
        "The organisation is not active in this district.",
    ),
    "too-young": ("Mitmachen kann man ab 14 Jahren.", "One can take part from the age of 14."),
    "guardian-consent-needed": (
        "Unter 16 Jahren braucht es die Zustimmung der Sorgeberechtigten, die keine Datei belegt: Eine Koordinatorin oder"
        " ein Koordinator des Landkreises meldet die Person an (POST /organisations/{id}/volunteers) und trägt die"
        " Zustimmung ein (POST /volunteers/{id}/guardian-consent).",
        "Under the age of 16 the guardians have to consent, which no file proves: a coordinator of the district"
        " registers the person (POST /organisations/{id}/volunteers) and records the consent"
        " (POST /volunteers/{id}/guardian-consent).",
    ),
    "birth-date-impossible": ("Dieses Geburtsdatum kann nicht stimmen.", "This date of birth cannot be right."),
    "topic-unknown": ("Dieses Thema gibt es nicht.", "There is no such topic."),
    "no-member-of-organisation": (
        "Diese Person gehört (noch) nicht zu der Organisation.",
        "This person does not belong to the organisation (yet).",
    ),
    "organisation-not-found": (
        "Diese Organisation ist nicht gemeldet, oder sie gehört nicht zum Verband.",
        "This organisation was not told, or does not belong to the association.",
    ),
    "organisation-not-verified": (
        "Die Organisation ist noch nicht bestätigt.",
        "The organisation has not been verified yet.",
    ),
    "organisation-suspended": ("Die Organisation ist gesperrt.", "The organisation is suspended."),
    "kind-not-by-import": ("Eine Behörde gehört nicht zu einem Verband.", "An authority is no part of an association."),
    "only-the-state-administration": (
        "Was bestätigt wurde, und eine gesperrte Organisation, ändert nur die Landesverwaltung.",
        "What was verified, and a suspended organisation, is changed by the state administration only.",
    ),
    "another-contact": (
        "Organisation und Landkreis einer Ansprechperson bleiben: bitte eine neue melden.",
        "Organisation and district of a contact stay: please tell a new one.",
    ),
    "role-not-by-import": (
        "Diese Rolle gibt eine Verwalterin oder ein Verwalter der Organisation.",
        "This role is given by an organisation_admin.",
    ),
    "substitute-not-told": (
        "Diese Vertretung ist noch nicht gemeldet: bitte zuerst sie melden, dann diese Zeile noch einmal.",
        "This substitute was not told yet: please tell them first, then this row again.",
    ),
    "organisation-ends-by-people": (
        "Eine Organisation endet nicht durch eine technische Anbindung: Bitten Sie die Landesverwaltung, sie zu sperren.",
        "An organisation does not end through a technical integration: ask the state administration to suspend it.",
    ),
    "external-id-unknown": ("Diese Kennung ist hier nicht bekannt.", "This id is not known here."),
    "processing-restricted": (
        "Die Daten dieser Person dürfen zurzeit nur gespeichert werden (Art. 18 DSGVO).",
        "The data of this person may only be stored for the time being (Art. 18 GDPR).",
    ),
    "last-admin-stays": (
        "Die letzte Verwalterin oder der letzte Verwalter einer Organisation bleibt.",
        "The last organisation_admin of an organisation stays.",
    ),
    "role-held-already": (
        "Diese Person hat schon eine Rolle; eine andere gibt ihr eine Verwalterin oder ein Verwalter.",
        "This person holds a role already; another one is given by an organisation_admin.",
    ),
    "too-many-invitations": (
        "Heute sind keine weiteren Einladungen möglich: bitte die Datei morgen noch einmal senden.",
        "No more invitations are possible today: please send the file again tomorrow.",
    ),
    "too-many-volunteers": (
        "Heute können keine weiteren Freiwilligen gemeldet werden: bitte die Datei morgen noch einmal senden.",
        "No more volunteers can be told today: please send the file again tomorrow.",
    ),
    "ended-here": (
        "Das ist hier beendet worden und wird von einem Import nicht zurückgeholt. Soll es wiederkommen: die Kennung löschen"
        " (DELETE) und neu melden.",
        "This was ended here, and is not brought back by an import. If it is to return: delete the id (DELETE) and tell it"
        " anew.",
    ),
    "kept-by-the-person": (
        "Die Person pflegt ihr Profil selbst; daran ändert ein Import nichts.",
        "The person keeps their profile themselves; an import changes nothing in it.",
    ),
    "consent-too-early": (
        "Dieser Zeitpunkt kann nicht stimmen: Einwilligungen gibt es hier ab dem Jahr 2000. Bitte den wirklichen Tag"
        " melden.",
        "This moment cannot be right: consents are from the year 2000 on. Please tell the actual day.",
    ),
    "substitute-not-here": (
        "Die Vertretung steht in der Datei, konnte aber nicht übernommen werden: bitte zuerst ihre Zeile berichtigen.",
        "The substitute is in the file, but could not be taken over: please correct their row first.",
    ),
    "too-many-contacts": (
        "Diese Organisation hat schon so viele Ansprechpersonen, wie eine haben kann: bitte zuerst andere beenden.",
        "This organisation has as many contacts as one can have: please end others first.",
    ),
    "last-organisation-admin": (
        "Die letzte Verwalterin oder der letzte Verwalter einer Organisation bleibt: bitte zuerst jemand anderem die Rolle"
        " geben.",
        "The last organisation_admin of an organisation stays: please give the role to somebody else first.",
    ),
    "district-has-contacts": (
        "In diesem Landkreis hat die Organisation noch Ansprechpersonen: bitte zuerst diese beenden.",
        "The organisation still has contacts in this district: please end these first.",
    ),
    "umbrellas-too-many": (
        "So viele Dachverbände übereinander sind nicht möglich.",
        "So many umbrella associations above each other are not possible.",
    ),
    "district-not-found": (
        "Diesen Landkreis gibt es nicht (fünfstelliger Amtlicher Gemeindeschlüssel, zum Beispiel 03351).",
        "There is no such district (AGS key of five digits, for example 03351).",
    ),
    "contact-exists": (
        "Diese Person ist für diesen Landkreis und dieses Thema schon veröffentlicht.",
        "This person is published for this district and topic already.",
    ),
    "person-not-found": ("Diese Person gibt es hier nicht mehr.", "This person is not here any more."),
    "membership-not-found": ("Diese Rolle hat die Person nicht mehr.", "The person does not hold this role any more."),
    "version-mismatch": (
        "Das wurde in derselben Zeit geändert: bitte die Zeile noch einmal senden.",
        "This was changed at the same time: please send the row again.",
    ),
    "could-not-be-written": (
        "Diese Zeile konnte nicht gespeichert werden.",
        "This row could not be stored.",
    ),
}
_OTHER = ("Diese Angabe stimmt nicht.", "This is not right.")


def text_of(code: str, de: str | None = None, en: str | None = None) -> tuple[str, str]:
    """What a code means, in German and in English; `de`, `en`: what was said of the field itself."""
    return (de, en) if de and en else _TEXTS.get(code, _OTHER)


def heading_text(wrong: UnknownColumns) -> tuple[str, str]:
    """What is wrong with the first line of a file, in German and in English."""
    if wrong.number is None:
        return (
            "Die erste Zeile ist nicht zu lesen: Dort stehen die Namen der Spalten (UTF-8, durch ; oder , getrennt).",
            "The first line cannot be read: the names of the columns stand there (UTF-8, separated by ; or ,).",
        )
    named = "" if wrong.name is None else f" ({wrong.name})"
    if wrong.twice:
        return (
            f"Die erste Zeile nennt eine Spalte doppelt: die {wrong.number}.{named} gab es schon.",
            f"The first line names a column twice: number {wrong.number}{named} was there before.",
        )
    return (
        f"Die erste Zeile nennt eine Spalte, die es nicht gibt: die {wrong.number}.{named}.",
        f"The first line names a column that does not exist: number {wrong.number}{named}.",
    )
