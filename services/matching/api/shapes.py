"""What every answer of matching is."""

from pydantic import BaseModel, ConfigDict


class Answer(BaseModel):
    """Read from the attributes of a model."""

    model_config = ConfigDict(from_attributes=True)
