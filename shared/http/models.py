"""The base of every request's model: nothing unknown, nothing endless, no character that Postgres or a mail cannot hold."""

import unicodedata
from types import NoneType
from typing import Annotated, Any, ClassVar, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

STRING_AT_MOST = 4000
_LINE_BREAKS = frozenset("\n\r")
_ALLOWED_CONTROLS = _LINE_BREAKS | {"\t"}
_REFUSED_CATEGORIES = frozenset(("Cc", "Cs"))
_PLAIN = (int, float, NoneType)
"""Kinds in which there are no characters: most fields of most requests."""


class MultiLine:
    """Marks a text in which line breaks are allowed."""


Line = Annotated[str, StringConstraints(min_length=1, max_length=200)]
"""A short text on one line."""
Text = Annotated[str, Field(max_length=STRING_AT_MOST), MultiLine()]
"""A longer text with line breaks."""


def has_refused_characters(text: str) -> bool:
    """NUL and other control characters, or half a surrogate pair."""
    if text.isascii() and text.isprintable():
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

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        cls._single_line = frozenset(
            name
            for name, field in cls.model_fields.items()
            if not any(isinstance(mark, MultiLine) for mark in field.metadata) and not _is_multi_line(field.annotation)
        )

    @field_validator("*", mode="before")
    @classmethod
    def _only_storable_characters(cls, value: Any) -> Any:
        if isinstance(value, _PLAIN) or (isinstance(value, str) and not has_refused_characters(value)):
            return value
        pending = [value]
        while pending:
            part = pending.pop()
            if isinstance(part, str):
                if has_refused_characters(part):
                    raise PydanticCustomError("invalid_characters", "characters that are not allowed")
            elif isinstance(part, dict):
                pending += [*part.keys(), *part.values()]
            elif isinstance(part, list | tuple):
                pending += part
        return value

    @field_validator("*", mode="after")
    @classmethod
    def _one_line_where_nothing_else_is_said(cls, value: Any, info: ValidationInfo) -> Any:
        if isinstance(value, _PLAIN) or (isinstance(value, str) and value.isprintable()):
            return value
        if info.field_name in cls._single_line:
            texts = value if isinstance(value, list | tuple | set | frozenset) else (value,)
            if any(isinstance(text, str) and not _LINE_BREAKS.isdisjoint(text) for text in texts):
                raise PydanticCustomError("single_line", "a line break where none is allowed")
        return value


def _is_multi_line(annotation: Any) -> bool:
    if any(isinstance(mark, MultiLine) for mark in getattr(annotation, "__metadata__", ())):
        return True
    return any(_is_multi_line(argument) for argument in get_args(annotation))
