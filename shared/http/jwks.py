"""The public keys of a service, for whoever checks what it signed."""

import orjson
from fastapi import APIRouter, Request, Response

from shared.access.keys import jwks_document


def jwks_router() -> APIRouter:
    """`GET /.well-known/jwks.json` with the keys that the application holds (`create_app(signing_keys=...)`)."""
    router = APIRouter()

    @router.get("/.well-known/jwks.json", summary="Public keys of this service", tags=["keys"])
    async def jwks(request: Request) -> Response:
        """JWKS (RFC 7517). Verifiers may keep it for five minutes."""
        document = orjson.dumps(jwks_document(*request.app.state.tandem.signing_keys))
        return Response(document, media_type="application/json", headers={"Cache-Control": "public, max-age=300"})

    return router
