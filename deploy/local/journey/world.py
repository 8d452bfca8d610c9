"""Where a running platform is, as a person sees it: addresses, the mailbox, and how staff sign in."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class World:
    """One running platform."""

    urls: Mapping[str, Sequence[str]]
    """Base URLs of the apis of each service; with several, calls take turns."""
    mailbox_url: str
    staff_token: Callable[[str], str]
    """From a subject to an access token of the development issuer."""
