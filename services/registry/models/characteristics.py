"""Optional characteristics, special categories among them: told by the person, shown to the person only."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel

from services.registry.models.consents import TextVersion
from shared.http.languages import Language
from shared.http.models import RequestModel


class Characteristic(StrEnum):
    """Each is the purpose of a consent of the same name."""

    MIGRATION_EXPERIENCE = "migration_experience"
    AGE_BAND = "age_band"


class AgeBand(StrEnum):
    FROM_14 = "14-17"
    FROM_18 = "18-26"
    FROM_27 = "27-39"
    FROM_40 = "40-59"
    FROM_60 = "60+"


class TellMigrationExperience(RequestModel):
    """I have migration experience of my own, and agree that this is stored by the text that I was shown."""

    value: Literal["yes"]
    text_version: TextVersion
    language: Language


class TellAgeBand(RequestModel):
    """I belong to this age band, and agree that this is stored by the text that I was shown."""

    value: AgeBand
    text_version: TextVersion
    language: Language


class CharacteristicAnswer(BaseModel):
    characteristic: Characteristic
    value: str
    told_at: datetime
