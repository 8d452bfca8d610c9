"""The OpenAPI documents as files: how they are rendered, validated and compared."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from shared.runtime.clock import Clock
from shared.runtime.settings import Mode


def rendered(service: Any) -> str:
    """The document of a service (`shared.runtime.service.Service`), made without any server or environment."""
    settings = service.settings.model_construct(
        mode=Mode.TEST,
        postgres_dsn=SecretStr("postgresql://127.0.0.1/tandem"),
        kafka_bootstrap="127.0.0.1",
        http_port=0,
        issuers=(),
        link_jwks=None,
        signing_key_file=None,
    )
    document = service.api(settings, Clock()).openapi()
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def validate(text: str) -> None:
    """Check a document against OpenAPI 3.1; raises what the validator raises."""
    # A tool of development, not there in production.
    from openapi_spec_validator import OpenAPIV31SpecValidator  # noqa: PLC0415

    OpenAPIV31SpecValidator(json.loads(text)).validate()


def outdated(folder: Path, documents: Mapping[str, str]) -> list[str]:
    """The names of those whose file is missing or differs."""
    return [
        name
        for name, text in documents.items()
        if not (folder / name).is_file() or (folder / name).read_text(encoding="utf-8") != text
    ]
