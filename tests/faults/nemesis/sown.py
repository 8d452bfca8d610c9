"""What the nemesis wrote into the log itself: poison, duplicates, old states, decoys, and what must become of them."""

from dataclasses import dataclass, field

from shared.contracts.registry import PlaceRegistered

NOBODY_LIVES_THERE = ("00", "05", "43", "62")
SOWN = "x-sown"
"""The header that tells these records from those of a relay. Consumers ignore headers that they do not know."""


@dataclass(frozen=True)
class Poison:
    """A record that nobody can consume: where it lies (topic, partition, offset), and what it says it is."""

    at: tuple[str, int, int]
    type: str
    is_of_unknown_major: bool = False
    is_unfit: bool = False
    """It can be read, and no read model can hold it."""


@dataclass
class Sown:
    """What was sown so far."""

    poison: list[Poison] = field(default_factory=list)
    buried: list[str] = field(default_factory=list)
    """Postal codes that were announced and then buried: no service may know them."""
    late: list[str] = field(default_factory=list)
    """Postal codes whose event was committed late: every service that wants places must know them."""
    overtaken: list[str] = field(default_factory=list)
    """Of these, those that were followed by a newer version at once: the late one must stand in the log all the same."""
    repeated: int = 0
    """Records of a relay that were written once more."""
    _places: int = 0

    def new_place(self) -> PlaceRegistered:
        """A place that does not exist: no postal code of Germany begins with 00, 05, 43 or 62."""
        thousand, number = divmod(self._places, 1000)
        assert thousand < len(NOBODY_LIVES_THERE), (
            "more places than postal codes where nobody lives: a shorter run does"
        )
        self._places += 1
        code = f"{NOBODY_LIVES_THERE[thousand]}{number:03}"
        return PlaceRegistered(postal_code=code, version=1, latitude=52.6, longitude=10.1, districts=("03351",))
