"""The ways into a use case: `Command` changes something in one transaction, `Query` reads, and `RecordedQuery` reads what is
sensitive, in one transaction with the record of the read.

All find out who calls; a command also takes care of its Idempotency-Key, so that its handler runs once.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import Depends, Header, Request, Response, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel
from pydantic_core import to_json

from shared.access.callers import Caller, caller_of
from shared.access.identity import Identity, token_invalid, token_missing
from shared.http import idempotency
from shared.http.conditional import etag
from shared.http.rate_limits import Limit
from shared.http.state import ApiState, body_of, client_of, state_of
from shared.postgres.database import AGAIN
from shared.postgres.transaction import Transaction
from shared.runtime.errors import Refusal

ATTEMPTS = 3
"""A transaction that fell victim to a deadlock is run again so often."""

Result = TypeVar("Result")
Shape = type[BaseModel] | Callable[[Any], Any]
"""What is shown of a result: a model (read from its attributes) or a function."""

bearer = HTTPBearer(
    auto_error=False, scheme_name="bearer", bearerFormat="JWT", description="An access token of a trusted issuer."
)
Credentials = Annotated[HTTPAuthorizationCredentials | None, Security(bearer)]


@dataclass
class CommandRunner:
    """One command under way. `idempotency_key` is None for methods other than POST."""

    request: Request
    state: ApiState
    identity: Identity | None
    idempotency_key: str | None
    _key: idempotency.Key | None = field(repr=False, default=None)

    @property
    def client(self) -> str:
        """Where the request comes from (an IP address), for rate limits only: never log or store it."""
        return client_of(self.request)

    async def limit(self, limit: Limit, subject: str) -> None:
        """Count one use of a rate limit before anything else happens (`too-many-requests`)."""
        await self.state.rate_limits.take(limit, subject)

    async def limit_caller(self, limit: Limit) -> None:
        """The same, counted by who is signed in."""
        if self.identity is not None:
            await self.limit(limit, f"{self.identity.issuer} {self.identity.subject}")

    async def run(
        self,
        handle: Callable[[Transaction, Caller], Awaitable[Result]],
        *,
        status: int = 200,
        shape: Shape | None = None,
        location: Callable[[Result], str] | None = None,
        concerns: Callable[[Result], UUID | None] | None = None,
        secret: bool = False,
        again: Callable[[Transaction, Caller], Awaitable[Result]] | None = None,
        still: Callable[[Transaction, Caller], Awaitable[None]] | None = None,
    ) -> Response:
        """Run the handler in one transaction and answer with its result.

        Parameters
        ----------
        handle
            The use case; called again when its transaction fell victim to a deadlock.
        shape
            What is shown of the result: a pydantic model or a function. A result with a `version` also gives the ETag.
        location
            The path of what was created.
        concerns
            The subject id of the person whom the answer is about, if other than the caller: erased with them.
        secret
            The answer carries tokens, or what not everybody may see tomorrow who may today, and is not stored. A repetition
            calls `again` (needed then), which makes it anew.
        still
            Refuses a repetition by whom the stored answer may not be shown any more, for reasons other than their roles:
            those are asked anew in any case (`shared.access.granted`).
        """
        if secret and again is None:
            raise ValueError("a secret answer needs `again`, to be made anew")
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await self._attempt(handle, status, shape, location, concerns, secret, again, still)
            except AGAIN:
                if attempt == ATTEMPTS:
                    raise
        raise AssertionError("unreachable")

    async def _attempt(
        self,
        handle: Callable[[Transaction, Caller], Awaitable[Result]],
        status: int,
        shape: Shape | None,
        location: Callable[[Result], str] | None,
        concerns: Callable[[Result], UUID | None] | None,
        secret: bool,
        again: Callable[[Transaction, Caller], Awaitable[Result]] | None,
        still: Callable[[Transaction, Caller], Awaitable[None]] | None,
    ) -> Response:
        async with self.state.database.transaction() as tx:
            if self._key is None:
                result = await handle(tx, await caller_of(tx.connection, self.identity))
                return _response(_answer(result, status, shape, location, secret))
            caller, earlier = await idempotency.begin(tx, self.identity, self._key)
            if earlier is not None:
                if still is not None:
                    await still(tx, caller)
                return await self._repeat(tx, caller, earlier, shape, again)
            result = await handle(tx, caller)
            answer = _answer(result, status, shape, location, secret)
            idempotency.keep(tx, self._key, answer, caller, concerns(result) if concerns else None)
        return _response(answer)

    async def _repeat(
        self,
        tx: Transaction,
        caller: Caller,
        earlier: idempotency.Answer,
        shape: Shape | None,
        again: Callable[[Transaction, Caller], Awaitable[Any]] | None,
    ) -> Response:
        self.state.metrics.idempotent_replays_total.inc()
        answer = earlier
        if earlier.secret and again is not None:
            answer = _answer(await again(tx, caller), earlier.status, shape, None, True)
        return _response(answer, {"Idempotency-Replayed": "true"})


@dataclass
class QueryRunner:
    """One read under way."""

    request: Request
    state: ApiState
    identity: Identity | None

    @property
    def client(self) -> str:
        """Where the request comes from (an IP address), for rate limits only: never log or store it."""
        return client_of(self.request)

    async def limit(self, limit: Limit, subject: str) -> None:
        """Count one use of a rate limit before anything else happens (`too-many-requests`)."""
        await self.state.rate_limits.take(limit, subject)

    async def run(
        self,
        handle: Callable[[Any, Caller], Awaitable[Any]],
        *,
        shape: Shape | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Read and answer. `handle` gets a connection; a result with a `version` also gives the ETag."""
        return _response(_answer(await self.read(handle), 200, shape, None, False), headers)

    async def read(self, handle: Callable[[Any, Caller], Awaitable[Result]]) -> Result:
        """Read as the caller, with the roles of this moment."""
        async with self.state.database.reading() as connection:
            return await handle(connection, await caller_of(connection, self.identity))


class RecordedQueryRunner(QueryRunner):
    """A read of something sensitive: `handle` gets a transaction, in which it records the read.

    Nothing is answered unless the record of it was committed.
    """

    async def read(self, handle: Callable[[Any, Caller], Awaitable[Result]]) -> Result:
        """Read and record, once more when the transaction fell victim to a deadlock."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                async with self.state.database.transaction() as tx:
                    return await handle(tx, await caller_of(tx.connection, self.identity))
            except AGAIN:
                if attempt == ATTEMPTS:
                    raise
        raise AssertionError("unreachable")


async def identity_of(request: Request, credentials: HTTPAuthorizationCredentials | None) -> Identity | None:
    """Who the token speaks for; None without a token."""
    if credentials is None:
        if request.headers.get("authorization") is not None:
            raise token_invalid()
        return None
    state = state_of(request)
    try:
        return await state.tokens.identify(credentials.credentials)
    except Refusal as refusal:
        state.metrics.tokens_refused_total.labels(refusal.code).inc()
        raise


async def _command(request: Request, identity: Identity | None, header: str | None) -> CommandRunner:
    key = None
    if request.method == "POST":
        target = request.url.path + ("?" + request.url.query if request.url.query else "")
        key = idempotency.key_of(identity, header, request.method, target, body_of(request))
    return CommandRunner(request, state_of(request), identity, header if key else None, key)


IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="Fresh for every command (a UUID), the same for its repetition: it is done once and answered twice.",
    ),
]


async def command(
    request: Request, credentials: Credentials = None, idempotency_key: IdempotencyKey = None
) -> CommandRunner:
    """Dependency `Command`: somebody who is signed in wants to change something."""
    identity = await identity_of(request, credentials)
    if identity is None:
        raise token_missing()
    return await _command(request, identity, idempotency_key)


async def anonymous_command(request: Request, idempotency_key: IdempotencyKey = None) -> CommandRunner:
    """Dependency `AnonymousCommand`: nobody is signed in; a token is not looked at."""
    return await _command(request, None, idempotency_key or request.scope.get("tandem.form_key"))


async def query(request: Request, credentials: Credentials = None) -> QueryRunner:
    """Dependency `Query`: somebody who is signed in wants to read."""
    identity = await identity_of(request, credentials)
    if identity is None:
        raise token_missing()
    return QueryRunner(request, state_of(request), identity)


async def recorded_query(request: Request, credentials: Credentials = None) -> RecordedQueryRunner:
    """Dependency `RecordedQuery`: somebody who is signed in wants to read what is sensitive."""
    runner = await query(request, credentials)
    return RecordedQueryRunner(runner.request, runner.state, runner.identity)


async def anonymous_query(request: Request) -> QueryRunner:
    """Dependency `AnonymousQuery`: public; a token is not looked at."""
    return QueryRunner(request, state_of(request), None)


Command = Annotated[CommandRunner, Depends(command)]
AnonymousCommand = Annotated[CommandRunner, Depends(anonymous_command)]
Query = Annotated[QueryRunner, Depends(query)]
RecordedQuery = Annotated[RecordedQueryRunner, Depends(recorded_query)]
AnonymousQuery = Annotated[QueryRunner, Depends(anonymous_query)]


def _answer(
    result: Any, status: int, shape: Shape | None, location: Callable[[Any], str] | None, secret: bool
) -> idempotency.Answer:
    shown = _shown(result, shape)
    headers: dict[str, str] = {}
    version = getattr(shown, "version", None)
    if isinstance(version, int):
        headers["ETag"] = etag(version)
    if location is not None:
        headers["Location"] = location(result)
    if shown is None:
        return idempotency.Answer(204 if status == 200 else status, headers, b"", secret)
    return idempotency.Answer(status, headers, to_json(shown), secret)


def _shown(result: Any, shape: Shape | None) -> Any:
    if shape is None or result is None:
        return result
    if isinstance(shape, type) and issubclass(shape, BaseModel):
        return shape.model_validate(result, from_attributes=True)
    function: Callable[[Any], Any] = shape
    return function(result)


def _response(answer: idempotency.Answer, headers: Mapping[str, str] | None = None) -> Response:
    media_type = "application/json" if answer.body else None
    return Response(answer.body, answer.status, {**answer.headers, **(headers or {})}, media_type)
