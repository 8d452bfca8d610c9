"""Updates only of what the caller has seen: `ETag: "7"` on answers, `If-Match: "7"` on commands that change a thing."""

import re
from typing import Annotated

from fastapi import Depends, Header

from shared.http.problems import bad_request
from shared.runtime.errors import Reason, Refusal

_VERSION = re.compile(r'^"([1-9][0-9]{0,17})"$')


def etag(version: int) -> str:
    """The entity tag of a version."""
    return f'"{version}"'


async def expected_version(
    if_match: Annotated[
        str | None, Header(alias="If-Match", description='The version that was read, from its ETag: `"7"`.')
    ] = None,
) -> int:
    """Dependency: the version that the caller has seen (`version: ExpectedVersion`).

    Raises
    ------
    Refusal
        `version-required` (428) without the header.
    ProblemError
        400 when it is no version; `*` and weak tags are no versions.
    """
    if if_match is None:
        raise Refusal(
            Reason.VERSION_REQUIRED,
            "version-required",
            de="Die Kopfzeile If-Match mit der gelesenen Version fehlt.",
            en="The header If-Match with the version that was read is missing.",
        )
    match = _VERSION.fullmatch(if_match.strip())
    if match is None:
        raise bad_request(
            "version-malformed",
            'If-Match: genau eine Version in Anführungszeichen, z. B. "7".',
            'If-Match: exactly one version in quotation marks, e.g. "7".',
        )
    return int(match[1])


ExpectedVersion = Annotated[int, Depends(expected_version)]
