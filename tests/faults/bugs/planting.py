"""How a method is replaced."""

from typing import Any


def put(owner: Any, name: str, changed: Any) -> None:
    """Replace what is there.

    Raises
    ------
    AssertionError
        There is no such thing (any more).
    """
    assert hasattr(owner, name), f"{owner} has no {name}: the bug must follow it"
    setattr(owner, name, changed)
