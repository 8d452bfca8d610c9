"""What `check` says about examples that do not fit."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shared.contracts.catalogue import CONTRACTS
from shared.contracts.example_files import FOLDER, problems_of_examples

Told = dict[str, Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The committed examples, to be spoilt."""
    return Path(shutil.copytree(FOLDER, tmp_path / "examples"))


def spoil(path: Path, change: Callable[[Told], Any]) -> None:
    told = json.loads(path.read_text())
    change(told)
    path.write_text(json.dumps(told))


def test_the_committed_examples_fit() -> None:
    assert problems_of_examples(CONTRACTS) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda told: told["value"].pop("registered_at"), "bad-data"),
        (lambda told: told["value"].update(reach_km=501), "bad-data"),
        (lambda told: told["value"].update(volunteer_id="0195a000-0000-7000-8000-000000000099"), "bad-data"),
        (lambda told: told["value"].update(version="1"), "'1' is not of type 'integer'"),
        (lambda told: told["value"].update(skills=[]), "it does not tell skills"),
        (lambda told: told.update(value=None), "it has no value"),
        (lambda told: told.update(key="0195a000-0000-7000-8000-000000000099"), "ce_subject is not its key"),
        (lambda told: told["headers"].pop("ce_id"), "bad-envelope"),
        (lambda told: told["headers"].pop("ce_person"), "ce_person is not the person concerned"),
        (
            lambda told: told["headers"].update(ce_source="urn:tandem:matching"),
            "only the owner of registry.volunteers writes it",
        ),
        (
            lambda told: told["headers"].update(
                ce_type="volunteer-updated", ce_dataschema="urn:tandem:volunteer-updated:1"
            ),
            "it is of another type than its folder",
        ),
    ],
)
def test_an_event_that_does_not_fit(folder: Path, change: Callable[[Told], Any], said: str) -> None:
    spoil(folder / "volunteer-registered.1" / "full.json", change)
    assert problems_of_examples(CONTRACTS, folder) == [f"example volunteer-registered.1/full: {said}"]


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told["headers"].update(ce_type="volunteer-erased"),
        lambda told: told["headers"].update(ce_source="urn:tandem:matching"),
        lambda told: told.update(key="0195a000-0000-7000-8000-000000000099"),
    ],
)
def test_a_tombstone_that_does_not_fit(folder: Path, change: Callable[[Told], Any]) -> None:
    spoil(folder / "tombstone.1" / "registry.volunteers.json", change)
    (problem,) = problems_of_examples(CONTRACTS, folder)
    assert problem.startswith("example tombstone.1/registry.volunteers: ")


def test_a_tombstone_with_a_value_or_of_no_topic(folder: Path) -> None:
    spoil(folder / "tombstone.1" / "registry.volunteers.json", lambda told: told.update(value={}))
    shutil.copy(folder / "tombstone.1" / "registry.places.json", folder / "tombstone.1" / "registry.moons.json")
    assert problems_of_examples(CONTRACTS, folder) == [
        "example tombstone.1/registry.moons: there is no such topic",
        "example tombstone.1/registry.volunteers: a tombstone's value is null",
    ]


def test_a_type_without_a_full_example(folder: Path) -> None:
    (folder / "offer-closed.1" / "full.json").unlink()
    assert problems_of_examples(CONTRACTS, folder) == ["example offer-closed.1/full is missing"]


def test_an_example_whose_type_is_gone(folder: Path) -> None:
    left = {at: cls for at, cls in CONTRACTS.items() if at != ("offer-closed", 1)}
    found = problems_of_examples(left, folder)
    assert found
    assert {problem.partition(": ")[2] for problem in found} == {"its type is gone"}


def test_a_file_that_is_no_example(folder: Path) -> None:
    (folder / "offer-closed.1" / "half.json").write_text("{")
    (problem,) = problems_of_examples(CONTRACTS, folder)
    assert problem.startswith("offer-closed.1/half.json is no example")
