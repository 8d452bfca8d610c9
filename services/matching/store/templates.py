"""Templates of offers."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from services.matching.models.templates import Template
from shared.postgres.lists import Asked, ListQuery
from shared.postgres.queries import load_queries

queries = load_queries(__file__, "templates.sql")

OF_ORGANISATION = ListQuery(
    __file__, "templates.sql", "templates_of_organisation_listed", sorts={"template_id": None}, key="t.template_id"
)


async def templates_of_organisation(connection: Any, asked: Asked, organisation_id: UUID) -> list[Template]:
    """A stretch of an organisation's templates."""
    rows = await OF_ORGANISATION.fetch(connection, asked, organisation_id=organisation_id)
    return [Template(**row) for row in rows]


async def template(connection: Any, template_id: UUID, *, lock: bool = False) -> Template | None:
    """One template, None when there is none."""
    query = queries.lock_template if lock else queries.template_by_id
    row = await query(connection, template_id=template_id)
    return Template(**row) if row else None


async def count_of_organisation(connection: Any, organisation_id: UUID) -> int:
    """How many templates an organisation has."""
    return int(await queries.count_templates(connection, organisation_id=organisation_id))


async def insert_template(connection: Any, new: Template) -> None:
    """Keep a new template."""
    await queries.insert_template(connection, **asdict(new))


async def update_template(connection: Any, changed: Template) -> None:
    """Keep what a template is called and states."""
    await queries.update_template(
        connection,
        template_id=changed.template_id,
        version=changed.version,
        name=changed.name,
        stated=changed.stated,
        changed_at=changed.changed_at,
    )


async def delete_template(connection: Any, template_id: UUID) -> None:
    """Delete a template; offers made from it stay."""
    await queries.delete_template(connection, template_id=template_id)
