"""Each rule of `shared.contracts.compatibility`, both ways: with an event that the other release really cannot read."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import BaseModel, Field, StringConstraints, ValidationError

from shared.contracts.base import EventData
from shared.contracts.compatibility import breaks
from shared.contracts.json_schemas import schema_of
from tests.contracts.generated import events
from tests.unit.contracts.things import Declared, thing

ID = "0195a000-0000-7000-8000-000000000001"


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class MoreColours(StrEnum):
    RED = "red"
    BLUE = "blue"
    GREEN = "green"


class SameColours(StrEnum):
    BLUE = "blue"
    RED = "red"


class Part(BaseModel):
    day: date


class PartWithNote(BaseModel):
    day: date
    note: str = ""


class PartWithDuty(BaseModel):
    day: date
    duty: str


class Tree(BaseModel):
    leaves: tuple["Tree", ...] = ()


class TreeWithFruit(BaseModel):
    leaves: tuple["TreeWithFruit", ...] = ()
    fruit: int = 0


class TreeOfWood(BaseModel):
    leaves: tuple["TreeOfWood", ...] = ()
    wood: str


Five = Annotated[str, StringConstraints(pattern=r"^[0-9]{5}$")]
FourOrFive = Annotated[str, StringConstraints(pattern=r"^[0-9]{4,5}$")]


@dataclass(frozen=True)
class Change:
    """A field before and after; None: there is none. `value`: what one release writes and the other refuses."""

    rule: str
    was: Any
    would_be: Any
    value: Any = None
    in_log: bool = False
    """The old release wrote the value and the new one refuses it; otherwise the other way round."""

    @property
    def releases(self) -> tuple[type[EventData], type[EventData]]:
        return (
            thing(**({} if self.was is None else {"field": self.was})),
            thing(**({} if self.would_be is None else {"field": self.would_be})),
        )


MISSING = object()
INCOMPATIBLE = [
    Change("a required field is gone", (str, ...), None, MISSING),
    Change("a required field becomes optional", (str, ...), (str, ""), MISSING),
    Change("a required field becomes nullable", (str, ...), (str | None, ...), None),
    Change("a nullable field becomes never null", (str | None, ...), (str, ...), None, in_log=True),
    Change("an optional field becomes required", (str, ""), (str, ...), MISSING, in_log=True),
    Change("a new field is required", None, (str, ...), MISSING, in_log=True),
    Change("a type changes", (int, ...), (str, ...), "many"),
    Change("a type widens", (int, ...), (float, ...), 1.5),
    Change("a type narrows", (float, ...), (int, ...), 1.5, in_log=True),
    Change("one becomes many", (int, ...), (tuple[float, ...], ...), [1]),
    Change("a format changes", (date, ...), (datetime, ...), "2026-03-02T12:00:00Z"),
    Change("a format goes", (date, ...), (str, ...), "soon"),
    Change("a format comes", (str, ...), (date, ...), "soon", in_log=True),
    Change("a vocabulary gets a word", (Colour, ...), (MoreColours, ...), "green"),
    Change("a vocabulary loses a word", (MoreColours, ...), (Colour, ...), "green", in_log=True),
    Change("a vocabulary opens", (Colour, ...), (str, ...), "green"),
    Change("a vocabulary closes", (str, ...), (Colour, ...), "green", in_log=True),
    Change("a lower bound is loosened", (int, Field(ge=1)), (int, Field(ge=0)), 0),
    Change("a lower bound is tightened", (int, Field(ge=0)), (int, Field(ge=1)), 0, in_log=True),
    Change("a bound goes", (int, Field(le=9)), (int, ...), 10),
    Change("a bound comes", (int, ...), (int, Field(le=9)), 10, in_log=True),
    Change("a bound is included now", (int, Field(gt=1)), (int, Field(ge=1)), 1),
    Change("a greatest length grows", (str, Field(max_length=3)), (str, Field(max_length=4)), "four"),
    Change("a greatest length shrinks", (str, Field(max_length=4)), (str, Field(max_length=3)), "four", in_log=True),
    Change("a least length shrinks", (str, Field(min_length=1)), (str, ...), ""),
    Change("a pattern is loosened", (Five, ...), (FourOrFive, ...), "1234"),
    Change("a pattern is tightened", (FourOrFive, ...), (Five, ...), "1234", in_log=True),
    Change("a list may be longer", (list[int], Field(max_length=1)), (list[int], ...), [1, 2]),
    Change("inside a list", (tuple[Colour, ...], ...), (tuple[MoreColours, ...], ...), ["green"]),
    Change("inside an object", (Part, ...), (PartWithDuty, ...), {"day": "2026-03-02"}, in_log=True),
    Change("inside an object in a list", (list[PartWithDuty], ...), (list[Part], ...), [{"day": "2026-03-02"}]),
    Change("inside a dictionary", (dict[str, int], ...), (dict[str, str], ...), {"a": "b"}),
    Change("inside an alternative", (Part | None, ...), (PartWithDuty | None, ...), {"day": "2026-03-02"}, in_log=True),
    Change("a new alternative", (str | None, ...), (str | list[str] | None, ...), ["a"]),
    Change("inside itself", (Tree, ...), (TreeOfWood, ...), {"leaves": []}, in_log=True),
]
COMPATIBLE = [
    Change("nothing", (str, ...), (str, ...)),
    Change("a new field with a default", None, (str, "")),
    Change("a new nullable field", None, (str | None, None)),
    Change("another default", (int, 1), (int, 2)),
    Change("a description", (int, Field(ge=1)), (int, Field(ge=1, description="how many", title="Many"))),
    Change("another order of words", (Colour, ...), (SameColours, ...)),
    Change("a new field inside an object", (Part, ...), (PartWithNote, ...)),
    Change("a new field inside a list", (tuple[Part, ...], ()), (tuple[PartWithNote, ...], ())),
    Change("a new field inside a dictionary", (dict[str, Part], ...), (dict[str, PartWithNote], ...)),
    Change("a new field inside an alternative", (Part | None, None), (PartWithNote | None, None)),
    Change("a new field inside itself", (Tree, ...), (TreeWithFruit, ...)),
]


@pytest.mark.parametrize("change", INCOMPATIBLE, ids=lambda change: change.rule)
def test_what_the_other_release_cannot_read_is_found(change: Change) -> None:
    old, new = change.releases
    writer, reader = (old, new) if change.in_log else (new, old)
    told = {"thing_id": ID, "other_id": ID} | ({} if change.value is MISSING else {"field": change.value})
    writer.model_validate(told)
    with pytest.raises(ValidationError):
        reader.model_validate(told)

    assert breaks(schema_of(old), schema_of(new))


@pytest.mark.parametrize("change", COMPATIBLE, ids=lambda change: change.rule)
def test_what_both_releases_read_is_no_break(change: Change) -> None:
    old, new = change.releases
    assert breaks(schema_of(old), schema_of(new)) == []


@pytest.mark.parametrize(
    "change", [each for each in COMPATIBLE if "itself" not in each.rule], ids=lambda each: each.rule
)
def test_the_old_release_reads_whatever_the_new_one_writes_and_the_other_way_round(change: Change) -> None:
    old, new = change.releases
    old_schema = Draft202012Validator(schema_of(old))

    @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def read(data: st.DataObject) -> None:
        written = data.draw(events(new)).model_dump(mode="json")
        old_schema.validate(written)
        old.model_validate(written)
        new.model_validate(data.draw(events(old)).model_dump(mode="json"))

    read()


def test_an_optional_field_that_goes_is_found_because_the_old_release_would_take_its_default_for_the_truth() -> None:
    old, new = thing(paused=(bool, False)), thing()
    paused = old.model_validate({"thing_id": ID, "other_id": ID, "paused": True})
    written = new.model_validate(paused.model_dump()).model_dump()
    assert old.model_validate(written) != paused

    assert breaks(schema_of(old), schema_of(new)) == ["data.paused is gone"]


@pytest.mark.parametrize(
    ("next_release", "said"),
    [
        (thing(topic="registry.offices"), "topic was registry.places, would be registry.offices"),
        (thing(person="other_id"), "person was None, would be other_id"),
        (Declared, "key was thing_id, would be other_id"),
    ],
)
def test_topic_key_and_person_stay(next_release: type[EventData], said: str) -> None:
    assert breaks(schema_of(thing()), schema_of(next_release)) == [said]


def test_every_two_different_fields_are_incompatible() -> None:
    fields = {repr(field): field for change in INCOMPATIBLE for field in (change.was, change.would_be) if field}
    releases = [thing(field=field) for field in fields.values()]
    compatible = [
        (number, other)
        for number, old in enumerate(releases)
        for other, new in enumerate(releases)
        if number != other and not breaks(schema_of(old), schema_of(new))
    ]
    assert compatible == []
