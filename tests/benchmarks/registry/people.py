"""The volunteers of a generated registry, with everything that is about them."""

import hashlib
import json
from collections.abc import Iterator
from datetime import timedelta
from random import Random

from services.registry.models.requests import EXPORTED_FOR
from services.registry.rules.requests import exports_end
from tests.benchmarks.registry import population as facts
from tests.benchmarks.registry.population import (
    CHUNK,
    CLEARANCE,
    GROUP,
    LANGUAGES,
    LEVELS,
    OFFER,
    OFFERS_EACH,
    ORGANISATION,
    OTHER,
    PLACEMENT,
    REQUEST,
    SKILLS,
    TODAY,
    TOPICS,
    VOLUNTEER,
    WISHES,
    Population,
)
from tests.benchmarks.registry.sheets import Sheets, array, hexadecimal
from tests.benchmarks.registry.staff import campaign_id, link, places, source_of

TEXT = "2026-01"
PURPOSES = ("processing", "suggestions_by_mail", "contact_by_organisations", "campaigns")
STATES = ("requested", "waitlisted", "confirmed", "active", "completed", "ended", "declined", "withdrawn")
_TODAY = f"{TODAY} 06:00:00+00"


def volunteers(population: Population) -> Iterator[Sheets]:
    """All volunteers, in steps."""
    choices = _Choices(population.dice("choices"))
    for first in range(0, population.volunteers, CHUNK):
        sheets, dice = Sheets(), population.dice("volunteers", first)
        for number in range(first, min(first + CHUNK, population.volunteers)):
            _Somebody(sheets, population, choices, dice, number).write()
        yield sheets


class _Choices:
    """Texts that many share, made once."""

    def __init__(self, dice: Random) -> None:
        def some(make: "type[str] | object", count: int) -> list[str]:
            assert callable(make)
            return [str(make()) for _ in range(count)]

        def languages() -> str:
            spoken = ["de", *dice.sample(LANGUAGES[1:], dice.choices((0, 1, 2, 3), (30, 40, 20, 10))[0])]
            return json.dumps([{"language": each, "level": dice.choice(LEVELS)} for each in spoken])

        def availability() -> str:
            parts = [{"day": day, "part": part} for day in facts.DAYS for part in facts.PARTS[:3]]
            return json.dumps(dice.sample(parts, dice.randint(1, 5)))

        self.languages = some(languages, 400)
        self.availability = some(availability, 400)
        self.skills = some(lambda: array(sorted(dice.sample(SKILLS, dice.randint(0, 4)))), 300)
        self.wishes = some(lambda: array(sorted(dice.sample(WISHES, dice.randint(1, 4)))), 300)
        self.travel = ["{foot}", "{bicycle}", "{car}", "{public_transport}", "{bicycle,public_transport}"]


class _Somebody:
    """One volunteer: what is known of them everywhere, and what is written about them."""

    def __init__(self, sheets: Sheets, population: Population, choices: _Choices, dice: Random, number: int) -> None:
        self.sheets, self.population, self.choices, self.dice, self.number = sheets, population, choices, dice, number
        self.id = population.id(VOLUNTEER, number)
        self.district_number = population.district_number(dice)
        self.district = population.districts[self.district_number]
        self.organisation = population.organisation_in(self.district_number, dice)
        self.organisation_id = population.id(ORGANISATION, self.organisation)
        self.since = population.moment(number, population.volunteers)

    def chance(self, share: float) -> bool:
        """True so often."""
        return self.dice.random() < share

    def write(self) -> None:
        """Every row."""
        if self.number % 50 == 49:
            self._profile("unconfirmed")
            return
        if self.number % 100 == 98:
            self._gone()
            return
        self._profile("confirmed")
        self._consents()
        self._sign_ins()
        self._own_contact()
        if self.chance(0.6):
            self._placement()
        if self.chance(0.1):
            self._support_request()
        if self.number % 50 == 0:
            self._group()
        if self.chance(0.1):
            self._external_id()
        self._around()

    def _profile(self, status: str) -> None:
        dice, confirmed = self.dice, status == "confirmed"
        place = dice.choice(places()[self.district_number])
        young, waits = self.chance(0.02), self.chance(0.5)
        paused = self.chance(0.05)
        registered_by = self.organisation_id if self.chance(0.5 if young else 0.05) else None
        by_mail = not (registered_by and self.chance(0.5))
        signed = confirmed and self.chance(0.5)
        last = f"{TODAY + timedelta(days=6)}"
        self.sheets.add(
            "volunteers",
            *(self.id, 2, status, dice.choice(self.choices.languages), dice.choice(self.choices.skills)),
            *(dice.choice(self.choices.wishes), dice.choice(self.choices.availability), "[]", dice.randint(3, 40)),
            *(dice.choice(self.choices.travel), place.postal_code, self.district, 14 if young else 18),
            *(
                (f"{TODAY + timedelta(days=200 + each + self.number % 200)}" for each in (0, 730))
                if young
                else (None, None)
            ),
            young and waits,
            *(paused, last if paused and self.chance(0.5) else None, signed, TEXT if signed else None, self.since),
            *(self.since if confirmed else None, None if confirmed else last, registered_by, 1 if confirmed else 0),
        )
        mail = f"volunteer-{self.number}@example.org" if by_mail else None
        phone = f"+49 151 {self.number:08d}" if self.chance(0.4) or not by_mail else None
        name = f"{dice.choice(facts.FIRST_NAMES)} {facts.surname(dice)} (Demo)"
        digest = hexadecimal(hashlib.sha256(mail.encode()).digest()) if mail else None
        through = None if by_mail else self.population.member(self.organisation, 2)
        self.sheets.add("volunteer_contacts", self.id, 1, name, mail, digest, "de", phone, confirmed, through)
        if not confirmed:
            return
        if young and not waits:
            self._consent("guardian")
        if signed:
            self.sheets.add("undertakings", self.id, TEXT, "de", self.since)
        if mail:
            self.sheets.add("duplicate_keys", "mail", mail, self.id)
        if phone:
            self.sheets.add("duplicate_keys", "phone", phone.replace(" ", ""), self.id)
        for part in name.split()[:2]:
            self.sheets.add("duplicate_keys", "name", f"{part} {facts.surname(dice)} {place.postal_code[:2]}", self.id)

    def _consents(self) -> None:
        for purpose in PURPOSES[: self.dice.choices((1, 2, 3, 4), (30, 30, 20, 20))[0]]:
            self._consent(purpose)
        for characteristic, values in (("migration_experience", ("yes",)), ("age_band", ("18-26", "27-39", "40-59"))):
            if self.chance(0.15):
                self._consent(characteristic)
                self.sheets.add("characteristics", self.id, characteristic, self.dice.choice(values), self.since)

    def _consent(self, purpose: str) -> None:
        self.sheets.add("consents", self.id, purpose, "given", TEXT, "de", "web", self.since)
        self.sheets.add("consents_held", self.id, purpose, TEXT, self.since)

    def _sign_ins(self) -> None:
        if not self.chance(0.3):
            return
        family, until = self.population.id(OTHER, 100_000_000 + self.number), f"{TODAY + timedelta(days=25)}"
        self.sheets.add("token_families", family, self.id, _TODAY, until)
        for which in range(2):
            digest = hashlib.sha256(f"refresh-{which}-{family}".encode()).digest()
            self.sheets.add("refresh_tokens", hexadecimal(digest), family, _TODAY, until, _TODAY if which else None)

    def _own_contact(self) -> None:
        if self.population.district_of_organisation(self.organisation) != self.district:
            self.sheets.add("own_contacts", self.id, 1, None, None, "none", self.district, self.since)
            return
        contact = self.population.contact(self.organisation, self.number % facts.CONTACTS_EACH)
        self.sheets.add(
            "own_contacts", self.id, 1, contact, self.organisation_id, "district", self.district, self.since
        )

    def _placement(self) -> None:
        which = int(self.dice.random() * OFFERS_EACH)
        status = self.dice.choice(STATES)
        dealt = status not in ("requested", "waitlisted", "withdrawn") or self.chance(0.5)
        coordinator = self.population.member(self.organisation, 2 + which % (facts.MEMBERS_EACH - 2))
        placement_id = self.population.id(PLACEMENT, self.number)
        offer_id = self.population.id(OFFER, self.organisation * OFFERS_EACH + which)
        ids = (placement_id, 3, offer_id, self.organisation_id, coordinator, self.id, status)
        self.sheets.add("placements", *ids, dealt)
        taken_up = status in ("active", "completed", "ended")
        last = f"{TODAY - timedelta(days=30)}" if status in ("completed", "ended") else None
        closed = self.since if status in ("completed", "ended", "declined", "withdrawn") else None
        self.sheets.add("clearance_placements", *ids[:4], *ids[5:], taken_up, last, closed, False)
        if dealt and self.chance(0.4):
            self._clearance(last)

    def _clearance(self, last_exercised: str | None) -> None:
        inspected = TODAY - timedelta(days=self.dice.randint(10, 1500))
        until = inspected + timedelta(days=1826)
        notices = array([until - timedelta(days=90), until - timedelta(days=30)])
        convicted = self.chance(0.002)
        published = None if convicted else self.population.id(CLEARANCE, 50_000_000 + self.number)
        self.sheets.add(
            "clearances",
            *(self.population.id(CLEARANCE, self.number), 1, self.id, self.organisation_id, "sgb8_72a", "children"),
            *(f"{inspected}", f"{inspected - timedelta(days=20)}", convicted, self.since, f"{until}"),
            "{}" if convicted else notices,
            *((f"{TODAY + timedelta(days=150)}", "six-months-after") if last_exercised else (None, None)),
            *(published, None if convicted else 1),
        )

    def _support_request(self) -> None:
        contact = self.population.contact(self.organisation, self.number % facts.CONTACTS_EACH)
        status = self.dice.choices(("open", "answered", "closed"), (10, 30, 60))[0]
        asked = f"{TODAY - timedelta(days=self.dice.randint(0, 700))} 10:{self.number % 60:02d}:00+00"
        due = f"{TODAY + timedelta(days=self.dice.randint(1, 14))}"
        request_id = self.population.id(REQUEST, self.number)
        escalation = "organisation" if self.chance(0.02) else "none"
        escalates = due if status == "open" and escalation == "none" else None
        topic = self.dice.choice(TOPICS)
        self.sheets.add(
            "support_requests",
            *(request_id, 1, self.id, contact, contact, self.organisation_id, self.district, topic, due),
            *(status, escalation, escalates, 2, asked, asked),
        )
        for which in range(2):
            self.sheets.add("support_messages", request_id, which + 1, which == 0, "Eine erfundene Frage.", asked)

    def _group(self) -> None:
        group_id = self.population.id(GROUP, self.number)
        initiative = self.organisation_id if self.chance(0.3) else None
        self.sheets.add("groups", group_id, 1, f"Gruppe {self.number} (Demo)", "", self.since, initiative, None)
        for which in range(4):
            member = self.population.id(VOLUNTEER, self.number + which)
            if self.number + which < self.population.volunteers:
                self.sheets.add("group_members", group_id, member, which == 0, self.since)
        if self.number + 4 < self.population.volunteers:
            invited = self.population.id(VOLUNTEER, self.number + 4)
            invitation_id = self.population.id(GROUP, 50_000_000 + self.number)
            until = f"{TODAY + timedelta(days=10)}"
            self.sheets.add("group_invitations", invitation_id, group_id, invited, self.since, until)

    def _external_id(self) -> None:
        organisation = self.organisation // 10 * 10
        source, owner = source_of(organisation), self.population.id(ORGANISATION, organisation)
        link_id, external_id = link(
            self.sheets, self.population, source, "volunteers", self.number, self.id, self.since
        )
        proof = (TEXT, "paper", f"Ordner {self.number}", self.since, self.since)
        self.sheets.add("consent_proofs", link_id, owner, *proof)
        self.sheets.add(
            "changes", self.number + 1, owner, "volunteers", link_id, source, external_id, "changed", 2, _TODAY
        )

    def _around(self) -> None:
        """What else points at a volunteer, now and then."""
        if self.chance(0.2):
            campaign = campaign_id(self.population, self.organisation)
            answer = self.dice.choice(("interested", "not_interested", None))
            answered = self.since if answer else None
            self.sheets.add("campaign_calls", campaign, self.id, self.since, self.since, answer, answered)
        if self.number % 200 == 1:
            other = self.population.id(VOLUNTEER, self.number + 1)
            duplicate_id = self.population.id(OTHER, 200_000_000 + self.number)
            status = "open" if self.chance(0.5) else "dismissed"
            self.sheets.add("duplicates", duplicate_id, 1, self.id, other, "{similar_name}", status, self.since)
        if self.number % 200 == 2:
            officer, until = self.population.member(0, 0), f"{TODAY + timedelta(days=20)}"
            gone, merge_id = self.population.id(OTHER, 210_000_000 + self.number), self._other(220_000_000)
            self.sheets.add("merges", merge_id, 1, self.id, gone, self.organisation_id, officer, self.since, until, 5)
        if self.number % 20 == 3:
            self._request()
        if self.number % 200 == 7:
            mail, until = f"moved-{self.number}@example.org", f"{TODAY + timedelta(days=2)}"
            digest = hexadecimal(hashlib.sha256(mail.encode()).digest())
            self.sheets.add("address_changes", self.id, self._other(290_000_000), mail, digest, _TODAY, until)
        if self.chance(0.5):
            self._audit()
        self.sheets.add("reactions", "own-contact", f"{self.id}/1", self.id, self.id, _TODAY)
        if self.chance(0.02):
            body = hexadecimal(b"{}")
            self.sheets.add("idempotency_keys", f"caller-{self.number}", "key", body, 200, body, self.id, _TODAY)
            self.sheets.add("burned_links", self._other(230_000_000), _TODAY, f"{TODAY + timedelta(days=1)}")

    def _request(self) -> None:
        is_open, kind = self.chance(0.1), self.dice.choice(("access", "correction", "restriction"))
        request_id, received = self._other(240_000_000), TODAY - timedelta(days=self.number % (25 if is_open else 400))
        self.sheets.add(
            "person_requests",
            *(request_id, 1, self.id, kind, "gdpr"),
            *(f"{received}", f"{received + timedelta(days=31)}", "token", "received" if is_open else "answered"),
            *(f"{received}", None if is_open else f"{received + timedelta(days=3)}"),
            "accuracy_contested" if kind == "restriction" else None,
        )
        self.sheets.add(
            "person_request_steps", self._other(250_000_000), request_id, f"{received}", "received", "person"
        )
        restricted = self.number % 200 == 3
        if restricted:
            self.sheets.add("restrictions", self.id, "accuracy_contested", f"{received}")
        export_until = exports_end(received + timedelta(days=31)) if is_open and kind in EXPORTED_FOR else None
        if restricted or export_until is not None:
            self.sheets.add(
                "person_rights", self.id, 1, restricted, None if export_until is None else f"{export_until}"
            )

    def _audit(self) -> None:
        entry_id, actor = self._other(300_000_000), self.population.member(self.organisation, 2)
        written = hexadecimal(hashlib.sha256(entry_id.encode()).digest())
        owner = array([self.organisation_id])
        self.sheets.add(
            "audit_log",
            *(entry_id, self.since, "member", actor, owner, "read", "volunteer-contact", self.id, self.id),
            *(self.number + 1, written),
        )

    def _gone(self) -> None:
        """An erased person: what stays."""
        erasure_id, day = self._other(260_000_000), self.since
        there = {"records": 2, "deleted_at": f"{TODAY}T06:00:00Z", "log_clean_by": f"{TODAY}"}
        answers = json.dumps({service: {"service": service, **there} for service in ("matching", "training")})
        self.sheets.add("erasures", erasure_id, self.id, "completed", answers, day, day)
        self.sheets.add("erased_subjects", self.id, day)
        self.sheets.add("suppressed_ids", hexadecimal(hashlib.sha256(self.id.encode()).digest()), day)
        kept = f"{TODAY + timedelta(days=self.number % 900 + 1)}"
        self.sheets.add("retained_records", self._other(270_000_000), erasure_id, "request", "§", kept, "{}", day)

    def _other(self, offset: int) -> str:
        return self.population.id(OTHER, offset + self.number)
