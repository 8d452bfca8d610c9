"""What the page for somebody under 16 shows besides its text: who in their district records that the guardians agree."""

from uuid import UUID

from services.registry.handlers.guardians import to_turn_to
from services.registry.models.contacts import ContactAnswer
from shared.http.state import ApiState


async def contacts_shown(state: ApiState, volunteer_id: UUID) -> list[tuple[str, str]]:
    """For the template: organisations, with name and published phone and mail of their contacts in the district."""
    async with state.database.reading() as connection:
        found = await to_turn_to(connection, volunteer_id, state.database.clock.now())
    return [(each.organisation, _ways(each)) for each in found if each.phone or each.mail]


def _ways(contact: ContactAnswer) -> str:
    return ", ".join(part for part in (contact.name, contact.phone, contact.mail) if part)
