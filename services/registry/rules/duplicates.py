"""Who may be one person: the same address or number, or a similar name with an age and a region that agree.

Compared by keys that are computed on write and found by an index, never everybody with everybody. The measures:

- *mail*: the address in lower case without what a provider ignores (`name+anything@`);
- *phone*: the number in E.164;
- *name*: in Latin letters; two of its parts sound alike (Kölner Phonetik, made for German names) in whatever order, in
  the same postal region (the first three digits), and the whole names are alike letter by letter (RapidFuzz, at least 80
  of 100). So "Schmidt, Anna" and "Anna Schmitt" meet, and "Anna Maria Schmidt" with both; a name that changed, or a
  move to another region without the same mail or phone, is found by nobody but a person.
- *age*: of it only thresholds are known; it agrees unless both are known and differ.
"""

import hashlib
import re
from collections.abc import Callable, Iterable
from itertools import combinations
from uuid import UUID

import cologne_phonetics
import phonenumbers
from anyascii import anyascii
from rapidfuzz import fuzz

from services.registry.models.ages import Ages
from services.registry.models.duplicates import Compared, LikelyBecause
from shared.runtime.errors import Reason, Refusal

ALIKE_AT_LEAST = 80
PARTS_AT_MOST = 4
REGION_DIGITS = 3
HOME = "DE"
"""Numbers without a country's code are read as German ones."""

_LETTERS = re.compile(r"[^a-z]+")
_TITLES = frozenset(("dr", "prof", "frau", "herr", "dipl", "ing", "med"))
Key = tuple[str, str]


def mail_key(mail: str) -> str:
    """The address as the provider sees it."""
    local, _, domain = mail.strip().casefold().rpartition("@")
    return f"{local.partition('+')[0] or local}@{domain}"


def phone_key(phone: str) -> str | None:
    """The number in E.164; None when it is none."""
    try:
        number = phonenumbers.parse(phone, HOME)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def plain_name(name: str) -> tuple[str, ...]:
    """The parts of a name in small Latin letters, without titles and initials."""
    latin = anyascii(name.replace("ß", "ss").translate(_UMLAUTS)).lower()
    parts = [part for part in _LETTERS.split(latin) if len(part) > 1 and part not in _TITLES]
    return tuple(dict.fromkeys(parts))


PartsOf = Callable[[str], tuple[str, ...]]
"""`plain_name`, or what remembers its answers where the same people are compared with many."""
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})


def keys_of(volunteer: Compared, parts_of: PartsOf = plain_name) -> frozenset[Key]:
    """The keys by which others who may be the same person are found: (kind, key)."""
    keys: set[Key] = set()
    if volunteer.mail:
        keys.add(("mail", _unreadable(mail_key(volunteer.mail))))
    if volunteer.phone and (number := phone_key(volunteer.phone)):
        keys.add(("phone", _unreadable(number)))
    keys.update(("name", key) for key in name_keys(volunteer.name, volunteer.postal_code, parts_of))
    return frozenset(keys)


def _unreadable(key: str) -> str:
    """Two are compared, neither is read: SHA-256 in hexadecimal digits."""
    return hashlib.sha256(key.encode()).hexdigest()


def name_keys(name: str, postal_code: str, parts_of: PartsOf = plain_name) -> frozenset[str]:
    """Each two parts of the name by their sound, with the region; a single part as it is."""
    region = postal_code[:REGION_DIGITS]
    parts = parts_of(name)[:PARTS_AT_MOST]
    if len(parts) == 1:
        return frozenset((f"{region} ={parts[0]}",))
    sounds = sorted({sound for part in parts if (sound := _sound(part))})
    if len(sounds) == 1:
        return frozenset((f"{region} {sounds[0]} {sounds[0]}",))
    return frozenset(f"{region} {first} {second}" for first, second in combinations(sounds, 2))


def _sound(part: str) -> str:
    return "".join(code for _, code in cologne_phonetics.encode(part))


def ages_agree(first: Ages, second: Ages) -> bool:
    """Whether two people may be of one age: nothing that is known of both differs."""
    for one, other in (
        (first.reached, second.reached),
        (first.reaches_16_on, second.reaches_16_on),
        (first.reaches_18_on, second.reaches_18_on),
    ):
        if one is not None and other is not None and one != other:
            return False
    return True


def names_alike(first: str, second: str, parts_of: PartsOf = plain_name) -> bool:
    """Whether two names are alike letter by letter, whatever the order of their parts."""
    one, other = " ".join(parts_of(first)), " ".join(parts_of(second))
    if not one or not other:
        return False
    return max(fuzz.token_sort_ratio(one, other), fuzz.token_set_ratio(one, other)) >= ALIKE_AT_LEAST


def likely_because(
    first: Compared, second: Compared, shared: Iterable[Key], parts_of: PartsOf = plain_name
) -> tuple[LikelyBecause, ...]:
    """Why these two, who share keys, may be one person; nothing when looked at closely they are not."""
    kinds = {kind for kind, _ in shared}
    reasons = []
    if "mail" in kinds:
        reasons.append(LikelyBecause.SAME_MAIL)
    if "phone" in kinds:
        reasons.append(LikelyBecause.SAME_PHONE)
    if "name" in kinds and ages_agree(first.ages, second.ages) and names_alike(first.name, second.name, parts_of):
        reasons.append(LikelyBecause.SIMILAR_NAME)
    return tuple(reasons)


def survivor_not_of_pair(pair: Iterable[UUID]) -> Refusal:
    """One of the two goes on."""
    ids = [str(each) for each in pair]
    return Refusal(
        Reason.INVALID,
        "survivor-not-of-pair",
        de=f"`survivor_id` ist eine der beiden Anmeldungen: {ids[0]} oder {ids[1]}.",
        en=f"`survivor_id` is one of the two registrations: {ids[0]} or {ids[1]}.",
        volunteer_ids=ids,
    )


def one_volunteer() -> Refusal:
    """Two are needed."""
    return Refusal(
        Reason.INVALID,
        "one-volunteer",
        de="Das ist zweimal dieselbe Anmeldung.",
        en="This is the same registration twice.",
    )
