"""Mail addresses: which are any, when two are the same, and how one is found without being read."""

import hashlib
import re
from functools import lru_cache
from typing import Annotated, Any

from email_validator import EmailNotValidError, validate_email
from pydantic import EmailStr, StringConstraints, ValidatorFunctionWrapHandler, WrapValidator

LENGTH_AT_MOST = 254
_ORDINARY = re.compile(r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@([a-z0-9-]+(?:\.[a-z0-9-]+)+)", re.ASCII)
_BEFORE_THE_SIGN_AT_MOST = 64


def _quickly(value: Any, thoroughly: ValidatorFunctionWrapHandler) -> Any:
    """The same answer as the thorough look at an address, without it where nothing is unusual: files bring very many."""
    if type(value) is str and len(value) <= LENGTH_AT_MOST:
        ordinary = _ORDINARY.fullmatch(value)
        if ordinary and ordinary.start(1) - 1 <= _BEFORE_THE_SIGN_AT_MOST and _is_domain(ordinary[1]):
            return value
    return thoroughly(value)


@lru_cache(maxsize=4096)
def _is_domain(domain: str) -> bool:
    """Whether mail can go there, spelled like this. Many people's addresses have few domains."""
    try:
        return validate_email(f"somebody@{domain}", check_deliverability=False).domain == domain
    except EmailNotValidError:
        return False


Mail = Annotated[EmailStr, WrapValidator(_quickly), StringConstraints(max_length=LENGTH_AT_MOST)]
"""One address, in the spelling that counts."""


def mail_hash(mail: str) -> bytes:
    """The key under which an address is looked up: SHA-256 of it in lower case, without white space around."""
    return hashlib.sha256(mail.strip().lower().encode()).digest()
