"""Undertakings of confidentiality: a new version asks again."""

from uuid import UUID

from pydantic import Field

from shared.contracts.base import EventData, contract


@contract("undertaking-due", topic="registry.notices", key="volunteer_id", person="volunteer_id")
class UndertakingDue(EventData):
    """A volunteer had signed an earlier text; there is a new one, to be signed anew."""

    volunteer_id: UUID
    text_version: str = Field(max_length=40)
