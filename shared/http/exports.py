"""What a service holds of a person (Art. 15, 20 DSGVO): JSON for machines, PDF for people, third persons left out of both.

    @router.get("/persons/{subject_id}/export", response_model=…, responses=PDF)
    async def export_person(subject_id: UUID, query: Query, wanted: Annotated[Wanted, Depends(wanted)]) -> Response:
        return await answer_export("training", query, wanted, lambda connection, caller: …)

Everything goes through here, so neither the redaction nor the document can be forgotten by an endpoint.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import Query as Parameter
from fastapi import Request, Response
from pydantic import BaseModel
from pydantic_core import to_json

from shared.access.callers import Caller
from shared.documents.printing import print_document
from shared.documents.records import Language, in_words, information, record_document, without_other_persons
from shared.http.commands import QueryRunner

PDF: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}
}
"""For a route's `responses`."""


@dataclass(frozen=True)
class Wanted:
    """In which form somebody wants an export."""

    format: Literal["json", "pdf"]
    language: Language


async def wanted(
    request: Request,
    format: Annotated[Literal["json", "pdf"] | None, Parameter(description="pdf: to be read by people")] = None,
    language: Annotated[Literal["de", "en"] | None, Parameter(description="of the document")] = None,
) -> Wanted:
    """Dependency: as the parameters say, else as the headers `Accept` and `Accept-Language` do."""
    accepted = request.headers.get("accept", "")[:500].lower()
    first = request.headers.get("accept-language", "")[:200].strip().lower()
    return Wanted(
        format or ("pdf" if accepted.startswith("application/pdf") else "json"),
        language or ("en" if first.startswith("en") else "de"),
    )


async def answer_export(
    service: str,
    query: QueryRunner,
    wanted: Wanted,
    read: Callable[[Any, Caller], Awaitable[BaseModel]],
    terms: Mapping[str, Mapping[str, Mapping[str, str]]] | None = None,
) -> Response:
    """The export of a person in the form that is wanted.

    `read` authorises, refuses what the caller may not have, and gives a model with `subject_id`. `terms`: the words of the
    vocabularies that it uses, for the document: by name of the field, term → language → word.
    """
    plain = (await query.read(read)).model_dump()
    clean: dict[str, Any] = without_other_persons(plain, plain["subject_id"])
    if wanted.format == "json":
        to_the_person = not clean.get("only_for_the_person")
        clean["information"] = information(service, wanted.language, to_the_person=to_the_person)
        return Response(to_json(clean), media_type="application/json", headers=_PRIVATE)
    now = query.state.clock.now()
    shown = in_words(clean, terms or {}, wanted.language)
    pdf = await print_document(record_document(service, shown, now, wanted.language))
    name = f"tandem-{service}-{query.state.clock.today().isoformat()}.pdf"
    headers = _PRIVATE | {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(pdf, media_type="application/pdf", headers=headers)


_PRIVATE = {"Cache-Control": "no-store"}
