"""What the parts of the registry's events have in common."""

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """A part of an event: frozen, unknown fields ignored, like the event itself."""

    model_config = ConfigDict(frozen=True, extra="ignore")
