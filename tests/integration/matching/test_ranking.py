"""Ranked lists are exact: the same as if everybody had been weighed by the rules, whatever people and offers are like."""

from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.matching.handlers.offer_states import calendar_day
from services.matching.handlers.suggestions import best_offers_for, best_volunteers_for, unmet, weighed_for
from services.matching.models.offers import Offer
from services.matching.models.suggestions import Weights
from services.matching.models.volunteers import Candidate
from services.matching.rules.distance import kilometres
from services.matching.rules.scoring import score
from services.matching.settings import MatchingSettings
from services.matching.store import candidates, offers
from shared.contracts import registry
from shared.contracts.vocabulary import Level, PartOfDay, Role, Travel, Weekday
from tests.integration.matching.people import CELLE, HANNOVER, Person, Platform

LANGUAGES = [
    "am",
    "ar",
    "az",
    "be",
    "bg",
    "bn",
    "bs",
    "cs",
    "da",
    "de",
    "el",
    "en",
    "es",
    "et",
    "fa",
    "fi",
    "fr",
    "ga",
    "he",
    "hi",
    "hr",
    "hu",
    "hy",
    "it",
    "ka",
    "ku",
    "ps",
    "ti",
    "tr",
    "uk",
]
"""More than have bits of their own."""
TOPICS = [f"topic_{number}" for number in range(70)]
SKILLS = [f"skill_{number}" for number in range(70)]
QUALIFICATIONS = ["basic", "first_aid", "integration_guide"]
VOLUNTEERS, OFFERS, LIMIT = 150, 8, 12


class Society:
    """People and offers by chance, some alike and some not at all."""

    def __init__(self, dice: Random) -> None:
        self.dice = dice
        # Of few words many have the same; of many words some share a bit.
        self.languages = dice.sample(LANGUAGES, dice.choice((3, 30)))
        self.topics = dice.sample(TOPICS, dice.choice((3, 70)))
        self.skills = dice.sample(SKILLS, dice.choice((3, 70)))
        self.codes = [f"2{number:04}" for number in range(30)]

    def some(self, of: list[str], at_most: int) -> list[str]:
        return self.dice.sample(of, self.dice.randint(0, min(at_most, len(of))))

    def places(self) -> list[registry.PlaceRegistered]:
        north, east = self.dice.choice(((0.05, 0.05), (1.0, 1.5)))
        return [
            registry.PlaceRegistered(
                postal_code=code,
                version=1,
                name="Demo-Ort",
                latitude=52.5 + self.dice.uniform(-north, north),
                longitude=10.0 + self.dice.uniform(-east, east),
                districts=(CELLE, HANNOVER),
            )
            for code in self.codes
        ]

    def volunteer(self) -> dict[str, Any]:
        dice = self.dice
        away = dice.random() < 0.1
        return {
            "languages": [
                {"language": code, "level": dice.choice(list(Level))} for code in self.some(self.languages, 6)
            ],
            "skills": self.some(self.skills, 5),
            "wishes": self.some(self.topics, 4),
            "availability": [
                {"day": day, "part": part} for day in Weekday for part in PartOfDay if dice.random() < 0.2
            ],
            "absences": [{"first_day": "2026-01-01", "last_day": "2026-12-31"}] if away else [],
            "reach_km": dice.choice((3, 20, 60, 150)),
            "travel": self.some([means.value for means in Travel], 3),
            "postal_code": dice.choice(self.codes),
            "district": dice.choice((CELLE, HANNOVER)),
            "age_reached": dice.choice((None, 14, 16, 18)),
            "paused": dice.random() < 0.1,
        }

    def offer(self) -> dict[str, Any]:
        dice = self.dice
        required = self.some(self.languages, 4) if dice.random() < 0.4 else []
        start = dice.randint(0, 20)
        return {
            "topic": dice.choice(self.topics),
            "district": dice.choice((CELLE, HANNOVER)),
            "postal_code": dice.choice(self.codes),
            "weekly": [
                {
                    "day": dice.choice(list(Weekday)),
                    "start": f"{start:02}:30",
                    "end": f"{start + dice.randint(1, 3):02}:15",
                }
                for _ in range(dice.randint(0, 4))
            ],
            "languages_required": required,
            "language_levels": [dice.choice(list(Level)).value for _ in required],
            "languages_welcome": self.some([code for code in self.languages if code not in required], 5),
            "skills_required": self.some(self.skills, 1) if dice.random() < 0.2 else [],
            "skills_welcome": self.some(self.skills, 6),
            "qualifications": self.some(QUALIFICATIONS, 1),
            "minimum_age": dice.choice((None, None, 16)),
            "urgency": dice.randint(1, 5),
            "ends_on": dice.choice((None, "2026-12-31")),
            "places": dice.randint(1, 3),
        }


@pytest.mark.parametrize("seed", range(4))
async def test_lists_are_the_same_as_if_everybody_had_been_weighed(
    platform: Platform, organisation: UUID, seed: int
) -> None:
    dice = Random(seed)
    society = Society(dice)
    coordinator = await platform.member(Role.COORDINATOR, organisation, [CELLE, HANNOVER])
    await platform.hear(*society.places())
    people = [uuid4() for _ in range(VOLUNTEERS)]
    await platform.hear(*(platform.volunteer_event(person, **society.volunteer()) for person in people))
    for person in dice.sample(people, 60):
        await platform.qualification(platform.person(person), dice.choice(QUALIFICATIONS))
    made = [await platform.offer(coordinator, organisation, **society.offer()) for _ in range(OFFERS)]
    await _live_together(platform, coordinator, society, people, made)
    chosen = platform.settings.model_copy(
        update={
            "weights": Weights(**{name: dice.choice((0, 0.1, 0.3)) for name in Weights.model_fields} | {"asked": 0.1}),
            "asks_per_week": 2,
            "radius_km_at_most": dice.choice((30, 100)),
        }
    )
    if dice.random() < 0.5:
        await platform.let_timer_run("count-postings")
    await _compare(platform, chosen, people, [UUID(offer["offer_id"]) for offer in made])


async def _live_together(
    platform: Platform, coordinator: Person, society: Society, people: list[UUID], made: list[dict[str, Any]]
) -> None:
    """Some are asked, some decline, some are placed."""
    dice = society.dice
    for person in dice.sample(people, 50):
        at = platform.clock.now() - timedelta(days=dice.randint(0, 40), hours=dice.randint(0, 23))
        ask = "INSERT INTO asks (volunteer_id, offer_id, kind, asked_at) VALUES ($1, $2, 'told', $3)"
        await platform.execute(ask, person, UUID(dice.choice(made)["offer_id"]), at)
        decline = "INSERT INTO declined_topics (volunteer_id, topic, declined_at) VALUES ($1, $2, $3)"
        await platform.execute(decline, person, dice.choice(made)["topic"], at)
    for offer in made[:4]:
        path = f"/offers/{offer['offer_id']}/suggestions"
        for found in (await platform.get(path, coordinator, limit=2)).json()["suggestions"]:
            fitting = platform.person(UUID(found["volunteer_id"]))
            placement = await platform.request(fitting, offer)
            if placement["status"] == "requested":
                await platform.step(coordinator, placement, "confirmation")


async def _compare(platform: Platform, chosen: MatchingSettings, people: list[UUID], offer_ids: list[UUID]) -> None:
    now = platform.clock.now()
    async with platform.database.reading() as connection:
        everybody = await candidates.candidates(connection, people, calendar_day(now))
        everything = [each for each in await offers.offers(connection, offer_ids) if each.status == "published"]
        met = 0
        for offer in everything:
            settled = await candidates.volunteers_settled_with(connection, offer.offer_id)
            weighed = [
                (-scored.score, person.volunteer_id)
                for person in everybody
                if person.volunteer_id not in settled and _kilometres(person, offer) <= chosen.radius_km_at_most
                if (scored := weighed_for(person, offer, chosen, now)) is not None
            ]
            found = await best_volunteers_for(connection, offer, LIMIT, chosen, now)
            assert [(-each.scored.score, each.volunteer_id) for each in found] == sorted(weighed)[:LIMIT]
            met += len(found)
        for person in everybody[:30]:
            if person.paused:
                continue
            own = await candidates.offers_of_volunteer(connection, person.volunteer_id)
            fitting = [
                (-score(person, offer, now, chosen.scale).score, offer.offer_id)
                for offer in everything
                if offer.offer_id not in own and not unmet(person, offer, chosen, now)
                if _kilometres(person, offer) <= max(person.reach_km, chosen.radius_km_at_most)
            ]
            best = await best_offers_for(connection, person, LIMIT, chosen, now)
            assert [(-each.scored.score, each.offer.offer_id) for each in best] == sorted(fitting)[:LIMIT]
            met += len(best)
    assert met, "nobody fits anything: nothing was compared"


def _kilometres(person: Candidate, offer: Offer) -> float:
    assert person.point is not None and offer.point is not None
    return kilometres(person.point, offer.point)
