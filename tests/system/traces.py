"""Where a person is still to be found in the services' tables."""

from base64 import b64encode

from shared.contracts.topics import SERVICES
from tests.system.platform import RunningPlatform

MAY_REMEMBER_THE_ID = {
    "registry.erasures",
    "notifications.erasures",
    *(f"{service}.erased_subjects" for service in SERVICES),
    *(f"{service}.reactions" for service in SERVICES),
}
"""What keeps the id, which points to nothing any more: so that nobody comes back, and that they were erased once."""


MAY_REMEMBER = dict.fromkeys(MAY_REMEMBER_THE_ID, "false") | {
    f"{service}.reactions": "t.reaction NOT LIKE 'eras%%'" for service in SERVICES
}
"""Of these tables the rows that must not remember it all the same."""


def forms_of(text: str) -> tuple[str, ...]:
    """As text, as the bytes of a text, and as a header of a dead letter."""
    return text, text.encode().hex(), b64encode(text.encode()).decode()


def tables_of(platform: RunningPlatform) -> list[str]:
    """Every table of every service, by schema and name."""
    rows = platform.rows(
        "SELECT table_schema || '.' || table_name AS name FROM information_schema.tables"
        " WHERE table_schema = ANY(%s) AND table_type = 'BASE TABLE' ORDER BY 1",
        list(SERVICES),
    )
    return [row["name"] for row in rows]


def tables_with(platform: RunningPlatform, text: str) -> set[str]:
    """The tables in whose rows a text occurs: in any column, in any of its forms."""
    patterns = [f"%{form}%" for form in forms_of(text)]
    return {
        name
        for name in tables_of(platform)
        if platform.rows(f"SELECT 1 FROM {name} AS t WHERE t::text ILIKE ANY(%s) LIMIT 1", patterns)
    }
