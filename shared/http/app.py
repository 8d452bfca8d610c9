"""The HTTP application of a service: its routes, and around them everything that is the same in every service.

Creating it does no I/O: the lifespan connects. So the OpenAPI document can be written without any server.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, Depends, FastAPI
from fastapi_offline import FastAPIOffline
from starlette.responses import RedirectResponse
from starlette.routing import Route

from shared.access.key_sets import KeySet
from shared.access.keys import SigningKey
from shared.access.signed_links import LinkVerifier
from shared.access.tokens import TokenVerifier
from shared.http import openapi, problems
from shared.http.middleware import BoundedBody, RequestContext, Stream
from shared.http.parameters import refuse_unknown_parameters
from shared.http.settings import HttpSettings, load_http_settings
from shared.http.state import ApiState
from shared.postgres.database import Database
from shared.postgres.queries import load_queries
from shared.runtime.clock import Clock
from shared.runtime.settings import Settings
from shared.telemetry.health import Health, Outcome, health_routes
from shared.telemetry.metrics import Metrics

CONNECT_SECONDS = 5.0
"""So long the start waits for the database, to serve the first request at once."""

queries: Any = load_queries(__file__)


def create_app(
    service: str,
    settings: Settings,
    routers: Sequence[APIRouter],
    *,
    description: str = "",
    clock: Clock | None = None,
    database: Database | None = None,
    signing_keys: Sequence[SigningKey] = (),
    resources: Sequence[object] = (),
    form_paths: Sequence[str] = (),
    streams: Sequence[Stream] = (),
    tokens: TokenVerifier | None = None,
    links: LinkVerifier | None = None,
    metrics: Metrics | None = None,
    health: Health | None = None,
    http: HttpSettings | None = None,
    connect_seconds: float = CONNECT_SECONDS,
) -> FastAPI:
    """The application of one service's api process.

    Parameters
    ----------
    database
        An open one (tests); otherwise the lifespan connects and closes.
    signing_keys
        Keys of this service, published at `/.well-known/jwks.json` when the service includes `jwks_router()`.
    resources
        Objects that handlers' entry points need, found again by type: `state.resource(Weights)`.
    form_paths
        Paths that take HTML forms (the buttons of mailed links); everything else takes JSON only.
    streams
        Paths that take files: read as they arrive, up to a size of their own.
    connect_seconds
        So long the start waits for the database; after that requests are answered with 503 until it is there.

    Raises
    ------
    ConfigurationError
        A setting is wrong, or a development issuer or key is used in production.
    """
    clock = clock or Clock()
    state = ApiState(
        service=service,
        settings=settings,
        http=http or load_http_settings(),
        clock=clock,
        metrics=metrics or Metrics(),
        health=health or Health(),
        tokens=tokens or TokenVerifier(settings.issuers, settings.mode, clock),
        links=links or _links(service, settings, clock),
        signing_keys=tuple(signing_keys),
        resources={type(resource): resource for resource in resources},
        form_paths=frozenset(form_paths),
    )
    app: FastAPI = FastAPIOffline(
        title=f"Tandem: {service}",
        version="1",
        description=description,
        lifespan=_lifespan(state, database, connect_seconds),
        openapi_url="/openapi.json",
        swagger_ui_parameters={"persistAuthorization": True, "validatorUrl": None},
        redirect_slashes=False,
        dependencies=[Depends(refuse_unknown_parameters)],
        generate_unique_id_function=lambda route: route.name.replace("_", "-"),
    )
    app.state.tandem = state
    state.use(database)
    problems.install(app)
    openapi.describe(app)
    for router in routers:
        app.include_router(router)
    state.health.ready("database", lambda: _database_answers(state))
    app.router.routes.extend(health_routes(state.health, state.metrics))
    app.router.routes.append(Route("/", lambda _request: RedirectResponse("docs"), include_in_schema=False))
    app.add_middleware(BoundedBody, settings=state.http, form_paths=state.form_paths, streams=streams)
    app.add_middleware(RequestContext, metrics=state.metrics)
    return app


def _links(service: str, settings: Settings, clock: Clock) -> LinkVerifier | None:
    if settings.link_jwks is None:
        return None
    return LinkVerifier(service, KeySet(settings.link_jwks), settings.mode, clock)


def _lifespan(state: ApiState, given: Database | None, connect_seconds: float) -> Any:
    async def connect() -> Database:
        database = given or await Database.connect(state.settings, state.clock, state.service)
        state.use(database)
        return database

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        # A database that is away must not keep the process from saying so: it answers 503 until it is connected.
        connecting = asyncio.create_task(connect())
        await asyncio.wait((connecting,), timeout=connect_seconds)
        if connecting.done():
            connecting.result()
        try:
            yield
        finally:
            connecting.cancel()
            await asyncio.wait((connecting,))
            if given is None and not connecting.cancelled() and connecting.exception() is None:
                await connecting.result().close()
            state.use(None)

    return lifespan


async def _database_answers(state: ApiState) -> Outcome:
    try:
        async with state.database.reading() as connection:
            await queries.database_answers(connection)
    except Exception:
        return False, "database-away"
    return True, "ok"
