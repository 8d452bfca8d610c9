"""`export` and `check`: what is out of date, what is broken, what is refused."""

import json
import shutil
from pathlib import Path

import pytest

from shared.contracts import __main__ as command
from shared.contracts.catalogue import CONTRACTS
from shared.contracts.json_schemas import Contracts
from shared.contracts.release import Places, export, problems
from tests.unit.contracts.things import thing

AT = ("thing-changed", 1)
FIRST = {AT: thing(name=(str, ...))}


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """Nothing was released yet."""
    return Places(tmp_path / "schemas", tmp_path / "examples", tmp_path / "docs" / "asyncapi.json")


def check(contracts: Contracts, places: Places) -> list[str]:
    """What `check` says, but for the examples."""
    return [problem for problem in problems(contracts, places) if not problem.startswith("example")]


def schema(places: Places, name: str = "thing-changed.1.json") -> Path:
    return places.schemas / name


def test_what_was_exported_is_up_to_date(places: Places) -> None:
    assert export(FIRST, places) == []
    assert check(FIRST, places) == []
    told = json.loads(schema(places).read_text())
    assert told["$id"] == "urn:tandem:thing-changed:1"
    assert told["x-tandem"] == {"topic": "registry.places", "key": "thing_id", "person": None}


def test_check_finds_missing_and_outdated_documents(places: Places) -> None:
    assert len(check(FIRST, places)) == 2
    export(FIRST, places)
    places.asyncapi.write_text("{}")
    assert check(FIRST, places) == ["asyncapi.json is out of date: run `make contracts`"]
    export(FIRST, places)
    schema(places).unlink()
    assert check(FIRST, places) == ["thing-changed.1.json is out of date: run `make contracts`"]


def test_a_compatible_change_is_out_of_date_until_it_is_exported(places: Places) -> None:
    export(FIRST, places)
    later = {AT: thing(name=(str, ...), note=(str, ""))}
    assert "thing-changed.1.json is out of date: run `make contracts`" in check(later, places)
    assert export(later, places) == []
    assert check(later, places) == []


def test_an_incompatible_change_fails_and_is_not_exported(places: Places) -> None:
    export(FIRST, places)
    before = {path: path.read_text() for path in (schema(places), places.asyncapi)}
    later = {AT: thing(), ("thing-seen", 1): thing(type_="thing-seen")}
    said = "thing-changed.1.json: data.name is gone"
    assert said in check(later, places)
    assert export(later, places) == [said]
    assert {path: path.read_text() for path in before} == before
    assert not schema(places, "thing-seen.1.json").exists()


def test_a_type_that_vanishes_fails_unless_a_newer_major_follows(places: Places) -> None:
    export(FIRST, places)
    said = "thing-changed.1.json: the type is gone, and no newer major of it is there"
    assert said in check({}, places)
    assert export({}, places) == [said]
    assert schema(places).exists()

    successor = {("thing-changed", 2): thing(major=2)}
    assert "thing-changed.1.json is left over: run `make contracts`" in check(successor, places)
    assert export(successor, places) == []
    assert not schema(places).exists()
    assert check(successor, places) == []


def test_an_older_major_is_no_successor(places: Places) -> None:
    export({("thing-changed", 2): thing(major=2)}, places)
    assert export(FIRST, places) == [
        "thing-changed.2.json: the type is gone, and no newer major of it is there",
    ]


@pytest.mark.parametrize("asked", ["export", "check"])
def test_the_command_fails_and_says_why(
    asked: str, places: Places, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    export(FIRST, places)
    monkeypatch.setattr(command, "Places", lambda: places)
    assert command.main([asked]) == 1
    assert "thing-changed.1.json: the type is gone" in capsys.readouterr().out


def test_the_command_passes_on_what_is_committed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    committed = Places()
    places = Places(tmp_path / "schemas", committed.examples, tmp_path / "asyncapi.json")
    shutil.copytree(committed.schemas, places.schemas)
    shutil.copy(committed.asyncapi, places.asyncapi)
    monkeypatch.setattr(command, "Places", lambda: places)
    assert command.main(["check"]) == 0
    assert command.main(["export"]) == 0
    assert [path.name for path in sorted(places.schemas.iterdir())] == [
        path.name for path in sorted(committed.schemas.iterdir())
    ]
    assert len(list(places.schemas.iterdir())) == len(CONTRACTS)
