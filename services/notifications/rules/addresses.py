"""Names and addresses as strangers typed them, made harmless for the header of a mail."""

import unicodedata
from email.errors import MessageError
from email.headerregistry import Address

NAME_AT_MOST = 200
MAIL_AT_MOST = 254
_UNWANTED = frozenset(("Cc", "Cs", "Cn", "Co", "Zl", "Zp"))
_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")


class AddressUnusable(Exception):
    """No mail can ever be sent there."""


def one_line(text: str, at_most: int = NAME_AT_MOST) -> str:
    """`text` on one line, without control characters and without marks that turn the direction of what follows.

    Letters of right-to-left scripts stay as they are.
    """
    kept = (
        " " if character.isspace() or unicodedata.category(character) in _UNWANTED else character
        for character in text
        if character not in _BIDI_CONTROLS
    )
    return " ".join("".join(kept).split())[:at_most].rstrip()


def address(name: str, mail: str) -> Address:
    """The address for a header; its domain in ASCII (IDNA), its local part as it is.

    Raises
    ------
    AddressUnusable
        It is no address.
    """
    if len(mail) > MAIL_AT_MOST or mail != one_line(mail, MAIL_AT_MOST):
        raise AddressUnusable
    try:
        # The parser knows ASCII only; letters beyond it may stand in a local part (RFC 6531) wherever an `x` may.
        Address(addr_spec="".join(character if character.isascii() else "x" for character in mail))
        local, _, domain = mail.rpartition("@")
        ascii_domain = domain.encode("idna").decode("ascii")
        if not local or not ascii_domain:
            raise AddressUnusable
        plain = Address(addr_spec=f"{local}@{ascii_domain}").username if local.isascii() else local
        return Address(one_line(name), plain, ascii_domain)
    except (ValueError, MessageError, IndexError, AttributeError):
        raise AddressUnusable from None
