"""Where a person is still to be found in the services' tables."""

from shared.contracts.topics import SERVICES
from tests.system.platform import RunningPlatform

MAY_REMEMBER_THE_ID = {
    "registry.erasures",
    "notifications.erasures",
    *(f"{service}.erased_subjects" for service in SERVICES),
    *(f"{service}.reactions" for service in SERVICES),
}
"""What keeps the id, which points to nothing any more: so that nobody comes back, and that they were erased once."""


def tables_with(platform: RunningPlatform, text: str) -> set[str]:
    """The tables in whose rows a text occurs: in any column, as text or as the bytes of a text."""
    tables = platform.rows(
        "SELECT table_schema, table_name FROM information_schema.tables"
        " WHERE table_schema = ANY(%s) AND table_type = 'BASE TABLE'",
        list(SERVICES),
    )
    names = [f"{table['table_schema']}.{table['table_name']}" for table in tables]
    patterns = [f"%{text}%", f"%{text.encode().hex()}%"]
    return {
        name
        for name in names
        if platform.rows(f"SELECT 1 FROM {name} AS t WHERE t::text ILIKE ANY(%s) LIMIT 1", patterns)
    }
