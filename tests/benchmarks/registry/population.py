"""Who there is in a generated registry: sizes, ids and facts that follow from a seed and a number alone.

The same seed and size give the same population, row for row, on every machine: nothing depends on the order of a set, the
time of day, or on what was generated before. All names are made up and say „Demo".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import islice
from random import Random

from services.registry.place_sources import shipped_districts

DISTRICTS = 400
BEGIN = datetime(2024, 1, 2, tzinfo=UTC)
TODAY = date(2026, 11, 22)
"""The day on which the population is as it is; a test's clock stands there."""
CHUNK = 5_000
"""Volunteers that are made at once: so much is in memory."""

VOLUNTEER, ORGANISATION, MEMBER, CONTACT, OFFER, PLACEMENT, GROUP, CLEARANCE, REQUEST, OTHER = range(1, 11)


@dataclass(frozen=True)
class Population:
    """A registry of so many volunteers, and everything else in proportion."""

    volunteers: int
    seed: int = 1
    spread_over: int | None = None
    """So many districts are inhabited, when not as many as belong to the size; no more than there are organisations."""

    @cached_property
    def organisations(self) -> int:
        """5,000 for 1,000,000 volunteers."""
        return max(self.volunteers // 200, 20)

    @cached_property
    def members(self) -> int:
        """Six in each organisation, one of them a trainer, one the organisation_admin."""
        return self.organisations * MEMBERS_EACH

    @cached_property
    def contacts(self) -> int:
        """Five for each organisation."""
        return self.organisations * CONTACTS_EACH

    @cached_property
    def offers(self) -> int:
        """Twenty of each organisation."""
        return self.organisations * OFFERS_EACH

    @cached_property
    def inhabited(self) -> int:
        """In so many districts there is somebody: all 400 of a million, so that a district is alike in every size."""
        return self.spread_over or min(max(self.volunteers * DISTRICTS // 1_000_000, 4), DISTRICTS)

    @cached_property
    def districts(self) -> Sequence[str]:
        """400 AGS keys; the 45 of Niedersachsen first, the others made up."""
        real = [district.ags for district in shipped_districts()]
        others = (f"{land:02d}{number:03d}" for land in range(1, 17) if land != 3 for number in range(1, 30))
        return [*real, *islice(others, DISTRICTS - len(real))]

    def dice(self, what: str, number: int = 0) -> Random:
        """The dice for one part of the population; the same for ever."""
        return Random(f"{self.seed}/{what}/{number}")

    def district_of_organisation(self, number: int) -> str:
        """Where an organisation sits."""
        return self.districts[number % self.inhabited]

    def organisation_in(self, district: int, dice: Random) -> int:
        """One of the organisations of a district."""
        there = range(district, self.organisations, self.inhabited)
        return there[int(dice.random() * len(there))]

    def member(self, organisation: int, which: int) -> str:
        """A member of an organisation: 0 the organisation_admin, 1 the trainer, then coordinators."""
        return self.id(MEMBER, organisation * MEMBERS_EACH + which)

    def contact(self, organisation: int, which: int) -> str:
        """A contact of an organisation."""
        return self.id(CONTACT, organisation * CONTACTS_EACH + which)

    def id(self, kind: int, number: int) -> str:
        """A UUIDv7 that grows with the number, as ids do that are given one after the other."""
        milliseconds = _FIRST_MILLISECOND + number * 60_000
        mixed = (number * 0x9E3779B97F4A7C15 + self.seed) & 0xFFFFFFFFFFFF
        first = f"{milliseconds:012x}"
        return f"{first[:8]}-{first[8:]}-7{kind:03x}-8{number & 0xFFF:03x}-{mixed:012x}"

    def moment(self, number: int, of: int) -> str:
        """When the n-th of so many came: evenly between the beginning and today."""
        return (BEGIN + _SPAN * (number / max(of, 1))).strftime("%Y-%m-%d %H:%M:%S+00")

    def district_number(self, dice: Random) -> int:
        """Where somebody lives: the largest districts have four times as many as the smallest."""
        return int(self.inhabited * dice.random() ** 1.5)


MEMBERS_EACH, CONTACTS_EACH, OFFERS_EACH = 6, 5, 20
_FIRST_MILLISECOND = int(BEGIN.timestamp() * 1000)
_SPAN = timedelta(days=(TODAY - BEGIN.date()).days)

FIRST_NAMES = ("Alex", "Bela", "Chris", "Dana", "Eli", "Farah", "Gerrit", "Hanna", "Ivan", "Jona", "Kim", "Lena",
               "Mika", "Nour", "Olena", "Pat", "Quin", "Robin", "Sam", "Toni", "Ulli", "Vera", "Wim", "Yara")  # fmt: skip
SYLLABLES = ("an", "ber", "dor", "el", "fin", "gar", "hol", "im", "jan", "kor", "lin", "mar", "nel", "or", "pet", "ros",
             "sen", "tor", "ul", "wen", "zim")  # fmt: skip
TOPICS = ("accompaniment", "administration", "children", "coordination_office", "funding", "health", "housing",
          "language", "legal_advice", "migration_counselling", "seniors", "sport", "training", "volunteering", "women",
          "work")  # fmt: skip
WISHES = ("accompaniment", "administration", "childcare", "children", "families", "homework", "housing", "interpreting",
          "language_cafe", "mentoring", "music", "seniors", "sport", "women", "youth")  # fmt: skip
SKILLS = ("accounting", "bicycle_repair", "childcare", "computer", "cooking", "driving_car", "first_aid", "gardening",
          "interpreting", "music", "sewing", "teaching_german", "translating", "writing")  # fmt: skip
LANGUAGES = ("de", "en", "uk", "ar", "fa", "tr", "fr", "ru", "so", "ti", "ku", "es", "pl")
LEVELS = ("A1", "A2", "B1", "B2", "C1", "C2", "native")
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
PARTS = ("morning", "afternoon", "evening", "night")
KINDS = ("municipality", "district_authority", "welfare_association", "church", "initiative", "migrant_organisation",
         "education_provider", "accommodation")  # fmt: skip


def surname(dice: Random) -> str:
    """Made of two or three syllables."""
    return "".join(dice.choices(SYLLABLES, k=dice.randint(2, 3))).capitalize()
