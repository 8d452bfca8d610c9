"""The base of every request's model: nothing unknown, nothing endless, no character that Postgres or a mail cannot hold."""

import unicodedata
from datetime import date
from types import NoneType
from typing import Annotated, Any, ClassVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

STRING_AT_MOST = 4000
_LINE_BREAKS = frozenset("\n\r")
_ALLOWED_CONTROLS = _LINE_BREAKS | {"\t"}
_REFUSED_CATEGORIES = frozenset(("Cc", "Cs"))
_PLAIN = (int, float, NoneType)
"""Kinds in which there are no characters: most fields of most requests."""


FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2999, 12, 31)
Day = Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY, description="from 2000-01-01 to 2999-12-31")]
"""A day that somebody sends: not at the edge of the calendar, where the next day, or an instant of it, is none."""


class MultiLine:
    """Marks a text in which line breaks are allowed."""


Line = Annotated[str, StringConstraints(min_length=1, max_length=200)]
"""A short text on one line."""
Text = Annotated[str, Field(max_length=STRING_AT_MOST), MultiLine()]
"""A longer text with line breaks."""


def wrong(de: str, en: str) -> PydanticCustomError:
    """What a validator raises: the fault is told in both languages, and says what would be right."""
    return PydanticCustomError("told_wrongly", "{en}", {"code": "invalid", "de": de, "en": en})


def has_refused_characters(text: str) -> bool:
    """NUL and other control characters, or half a surrogate pair."""
    if text.isprintable():
        return False
    return any(
        unicodedata.category(character) in _REFUSED_CATEGORIES and character not in _ALLOWED_CONTROLS
        for character in text
    )


class RequestModel(BaseModel):
    """What a client sends. Unknown fields are refused, white space around texts is dropped."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        str_strip_whitespace=True,
        str_max_length=STRING_AT_MOST,
        hide_input_in_errors=True,
        allow_inf_nan=False,
    )

    _single_line: ClassVar[frozenset[str]] = frozenset()
    _made_of_models: ClassVar[frozenset[str]] = frozenset()

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        cls._single_line = frozenset(
            name
            for name, field in cls.model_fields.items()
            if not any(isinstance(mark, MultiLine) for mark in field.metadata) and not _is_multi_line(field.annotation)
        )
        cls._made_of_models = frozenset(
            name for name, field in cls.model_fields.items() if _is_made_of_models(field.annotation)
        )

    @field_validator("*", mode="before")
    @classmethod
    def _only_storable_characters(cls, value: Any, info: ValidationInfo) -> Any:
        # Nearly every value ends here: what is printable has neither control characters nor line breaks.
        if (type(value) is str and value.isprintable()) or isinstance(value, _PLAIN):
            return value
        if info.field_name in cls._made_of_models:
            return value
        if not _is_storable(value):
            raise PydanticCustomError("invalid_characters", "characters that are not allowed")
        if info.field_name in cls._single_line:
            texts = value if isinstance(value, list | tuple | set | frozenset) else (value,)
            if any(isinstance(text, str) and not _LINE_BREAKS.isdisjoint(text.strip()) for text in texts):
                raise PydanticCustomError("single_line", "a line break where none is allowed")
        return value


def _is_storable(value: Any) -> bool:
    """Whether no text in it, however deep, has a character that is refused."""
    pending = [value]
    for part in pending:
        if isinstance(part, str):
            if not part.isprintable() and has_refused_characters(part):
                return False
        elif isinstance(part, dict):
            pending += part
            pending += part.values()
        elif isinstance(part, list | tuple):
            pending += part
    return True


def _is_multi_line(annotation: Any) -> bool:
    if any(isinstance(mark, MultiLine) for mark in getattr(annotation, "__metadata__", ())):
        return True
    return any(_is_multi_line(argument) for argument in get_args(annotation))


def _is_made_of_models(annotation: Any) -> bool:
    """Whether nothing can stand there but requests' models, which look at their texts themselves."""
    if isinstance(annotation, type) and issubclass(annotation, RequestModel):
        return True
    parts = get_args(annotation)[:1] if get_origin(annotation) is Annotated else get_args(annotation)
    inner = [part for part in parts if part not in (NoneType, Ellipsis)]
    return bool(inner) and all(map(_is_made_of_models, inner))
