"""What the demo data are: invented organisations, contacts, offers and courses of four districts, each marked "(Demo)"."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from shared.contracts.vocabulary import OrganisationKind, Role


@dataclass(frozen=True)
class DemoOrganisation:
    """`members`: the roles that the district's demo people have in it."""

    name: str
    kind: OrganisationKind
    members: tuple[Role, ...] = ()
    topics: tuple[str, ...] = ()
    """Topics for which it publishes a contact."""


@dataclass(frozen=True)
class DemoDistrict:
    """One district with what there is."""

    ags: str
    name: str
    postal_code: str
    organisations: tuple[DemoOrganisation, ...]
    weekday: str
    """The day of the homework help: no two districts have the same."""

    def offers(self) -> list[dict[str, Any]]:
        """Of the organisation whose coordinator there is."""
        common = {"district": self.ags, "postal_code": self.postal_code}
        return [
            {
                "title": f"Hausaufgabenhilfe {self.name} (Demo)",
                "description": "Zwei Stunden in der Woche mit Grundschulkindern. Eine erfundene Anzeige.",
                "topic": "homework",
                "weekly": [{"day": self.weekday, "start": "15:00", "end": "17:00"}],
                "languages_welcome": ["uk", "ar"],
                "qualifications": ["basic"],
                "places": 4,
                "urgency": 4,
                **common,
            },
            {
                "title": f"Sprachcafé {self.name} (Demo)",
                "description": "Miteinander reden, Deutsch üben. Eine erfundene Anzeige.",
                "topic": "language_cafe",
                "weekly": [{"day": "saturday", "start": "10:00", "end": "12:00"}],
                "languages_required": ["de"],
                "places": 6,
                **common,
            },
            {
                "title": f"Begleitung zu Ämtern {self.name} (Demo)",
                "description": "Nach Absprache, vormittags. Eine erfundene Anzeige.",
                "topic": "accompaniment",
                "languages_required": ["uk", "ar", "fa"],
                "minimum_age": 18,
                "places": 3,
                "urgency": 5,
                **common,
            },
        ]

    def shift_offer(self, today: date) -> tuple[dict[str, Any], dict[str, Any]]:
        """An offer of the same organisation, and when its shifts recur."""
        offer = {
            "title": f"Kinderbetreuung beim Sprachkurs {self.name} (Demo)",
            "description": "Spielen mit den Kindern, während die Eltern lernen. Eine erfundene Anzeige.",
            "topic": "childcare",
            "minimum_age": 16,
            "volunteer_tasks": "Mit den Kindern spielen, vorlesen.",
            "staff_tasks": "Räume, Material, Ansprechperson vor Ort.",
            "accompanied_first": True,
            "places": 2,
            "urgency": 3,
            "district": self.ags,
            "postal_code": self.postal_code,
        }
        series = {
            "rule": "FREQ=WEEKLY;BYDAY=TU,TH",
            "starts_on": (today + timedelta(days=1)).isoformat(),
            "start": "09:00",
            "end": "12:00",
            "places": 2,
            "minimum_staffing": 1,
        }
        return offer, series

    def activities(self) -> list[dict[str, Any]]:
        """What the organisation does already."""
        common = {"district": self.ags, "postal_code": self.postal_code, "languages": ["de", "uk", "ar"]}
        return [
            {
                "kind": "language_cafe",
                "title": f"Offenes Sprachcafé {self.name} (Demo)",
                "description": "Ohne Anmeldung. Ein erfundener Eintrag.",
                "topic": "language_cafe",
                "venue": "Haus der Begegnung (Demo)",
                "weekly": [{"day": "thursday", "start": "16:00", "end": "18:00"}],
                **common,
            },
            {
                "kind": "bicycle_workshop",
                "title": f"Fahrradwerkstatt {self.name} (Demo)",
                "description": "Gemeinsam reparieren. Ein erfundener Eintrag.",
                "topic": "bicycles",
                "times": "Jeden ersten Samstag im Monat",
                **common,
            },
        ]

    def courses(self, now: datetime) -> list[dict[str, Any]]:
        """Of the organisation whose trainer there is: on Saturdays to come."""
        saturday = (now + timedelta(days=(5 - now.weekday()) % 7)).astimezone(UTC)
        saturday = saturday.replace(hour=9, minute=0, second=0, microsecond=0)
        common = {"district": self.ags, "postal_code": self.postal_code, "languages": ["de"], "places": 15}
        return [
            {
                "title": f"Basisqualifizierung {self.name} (Demo)",
                "grants": "basic",
                "sessions": [_session(saturday + timedelta(weeks=week), 6) for week in (3, 4)],
                **common,
            },
            {
                "title": f"Integrationslotsinnen und -lotsen {self.name} (Demo)",
                "grants": "integration_guide",
                "sessions": [_session(saturday + timedelta(weeks=week), 4) for week in range(6, 12)],
                **common,
            },
        ]


def _session(begin: datetime, hours: int) -> dict[str, str]:
    return {"starts_at": begin.isoformat(), "ends_at": (begin + timedelta(hours=hours)).isoformat()}


_HELPERS = (Role.COORDINATOR, Role.INTEGRATION)
_TEACHERS = (Role.TRAINER,)
_AUTHORITY = (Role.DISTRICT_ADMIN,)

DISTRICTS = (
    DemoDistrict(
        "03351",
        "Celle",
        "29221",
        (
            DemoOrganisation(
                "Landkreis Celle, Koordinierungsstelle (Demo)",
                OrganisationKind.DISTRICT_AUTHORITY,
                _AUTHORITY,
                ("migration_counselling",),
            ),
            DemoOrganisation(
                "Wohlfahrtsverband Celle (Demo)", OrganisationKind.WELFARE_ASSOCIATION, _HELPERS, ("volunteering",)
            ),
            DemoOrganisation("Bildungswerk Celle (Demo)", OrganisationKind.EDUCATION_PROVIDER, _TEACHERS),
        ),
        "monday",
    ),
    DemoDistrict(
        "03241",
        "Hannover",
        "30159",
        (
            DemoOrganisation(
                "Region Hannover, Integration (Demo)",
                OrganisationKind.DISTRICT_AUTHORITY,
                _AUTHORITY,
                ("migration_counselling",),
            ),
            DemoOrganisation(
                "Migrantenselbsthilfe Hannover (Demo)",
                OrganisationKind.MIGRANT_ORGANISATION,
                _HELPERS,
                ("volunteering",),
            ),
            DemoOrganisation("Volkshochschule Hannover (Demo)", OrganisationKind.EDUCATION_PROVIDER, _TEACHERS),
            DemoOrganisation("Unterkunft Hannover-Nord (Demo)", OrganisationKind.ACCOMMODATION),
        ),
        "wednesday",
    ),
    DemoDistrict(
        "03403",
        "Oldenburg",
        "26121",
        (
            DemoOrganisation(
                "Stadt Oldenburg, Sozialamt (Demo)",
                OrganisationKind.DISTRICT_AUTHORITY,
                _AUTHORITY,
                ("migration_counselling",),
            ),
            DemoOrganisation(
                "Initiative Oldenburg hilft (Demo)", OrganisationKind.INITIATIVE, _HELPERS, ("volunteering",)
            ),
            DemoOrganisation("Stadtteilhaus Oldenburg (Demo)", OrganisationKind.MUNICIPALITY, _TEACHERS),
        ),
        "thursday",
    ),
    DemoDistrict(
        "03404",
        "Osnabrück",
        "49074",
        (
            DemoOrganisation(
                "Stadt Osnabrück, Integration (Demo)",
                OrganisationKind.DISTRICT_AUTHORITY,
                _AUTHORITY,
                ("migration_counselling",),
            ),
            DemoOrganisation("Kirchengemeinde Osnabrück (Demo)", OrganisationKind.CHURCH, _HELPERS, ("volunteering",)),
            DemoOrganisation("Bildungshaus Osnabrück (Demo)", OrganisationKind.EDUCATION_PROVIDER, _TEACHERS),
        ),
        "friday",
    ),
)
