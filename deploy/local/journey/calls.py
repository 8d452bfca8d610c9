"""One journey's HTTP calls: with the caller's token, one correlation id for all, repeated safely when no answer came."""

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

from deploy.local.journey.people import Person
from deploy.local.journey.telling import Hop, StepFailed, Telling
from deploy.local.journey.waiting import attempts
from deploy.local.journey.world import World

_UNREACHABLE = (httpx.TransportError,)


@dataclass(frozen=True)
class Answer:
    """What a service answered."""

    status: int
    headers: Mapping[str, str]
    text: str
    json: Any

    @property
    def code(self) -> str:
        """The code of a problem, else empty."""
        return str(self.json.get("code", "")) if isinstance(self.json, dict) else ""

    @property
    def version(self) -> int:
        """The version in the ETag."""
        return int(self.headers["etag"].strip('"'))


class Calls:
    """The HTTP client of one journey."""

    def __init__(self, world: World, telling: Telling, patience: float) -> None:
        self._world = world
        self._telling = telling
        self._client = httpx.Client(timeout=10)
        self._turn = 0
        self.patience = patience
        """Seconds within which everything that is expected has to happen."""
        self.correlation_id = str(uuid4())

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def get(self, who: Person | None, service: str, path: str, **options: Any) -> Answer:
        """Read; see `call`."""
        return self.call(who, service, "GET", path, expected=200, **options)

    def post(
        self, who: Person | None, service: str, path: str, body: Any = None, *, expected: int = 200, **options: Any
    ) -> Answer:
        """Command; see `call`."""
        return self.call(who, service, "POST", path, body, expected=expected, **options)

    def call(
        self,
        who: Person | None,
        service: str,
        method: str,
        path: str,
        body: Any = None,
        *,
        expected: int,
        version: int | None = None,
        not_yet: Collection[str] = (),
        hop: tuple[str, str] | None = None,
        told: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Call until the expected status comes; a command keeps its Idempotency-Key, so it is done once.

        Parameters
        ----------
        version
            For If-Match.
        not_yet
            Codes of refusals that mean "ask again": this service has not heard of it yet.
        hop
            (origin, what) when the first success shows that this service has heard of what another acknowledged.
        told
            What to tell of the call: its method and path unless given; nothing when empty.

        Raises
        ------
        StepFailed
            Something else was answered, or nothing in time.
        """
        sent = {"X-Correlation-Id": self.correlation_id, **(headers or {})}
        if who is not None and (token := who.token) is not None:
            sent["Authorization"] = f"Bearer {token}"
        if method == "POST":
            sent["Idempotency-Key"] = str(uuid4())
        if version is not None:
            sent["If-Match"] = f'"{version}"'
        begun = time.monotonic()
        last = "no answer"
        for _ in attempts(self.patience):
            asked = time.monotonic()
            try:
                answer = self._send(service, method, path, body, sent)
            except _UNREACHABLE as error:
                last = f"no answer ({type(error).__name__})"
                continue
            if answer.status == expected:
                if hop is not None:
                    self._telling.hop(Hop(hop[0], service, hop[1], time.monotonic() - begun))
                if told != "":
                    what = told or f"{method} {path}"
                    self._telling.call(service, what, answer.status, time.monotonic() - asked)
                return answer
            last = f"{answer.status} {answer.text[:600]}"
            if answer.status not in (502, 503) and answer.code not in ("not-yet-known", *not_yet):
                break
        raise StepFailed(f"{expected} from {service} for {method} {path}", last, self.correlation_id)

    def until(
        self,
        who: Person | None,
        service: str,
        path: str,
        holds: Callable[[Any], bool],
        *,
        hop: tuple[str, str] | None = None,
        expected: str,
    ) -> Any:
        """Read again and again until `holds` of the answer's JSON; that JSON.

        Raises
        ------
        StepFailed
            It did not hold in time.
        """
        begun = time.monotonic()
        answer = None
        for _ in attempts(self.patience):
            answer = self.call(who, service, "GET", path, expected=200, told="")
            if holds(answer.json):
                if hop is not None:
                    self._telling.hop(Hop(hop[0], service, hop[1], time.monotonic() - begun))
                return answer.json
        raise StepFailed(
            f"{expected} from {service} at {path}", answer.text[:600] if answer else "", self.correlation_id
        )

    def _send(self, service: str, method: str, path: str, body: Any, headers: Mapping[str, str]) -> Answer:
        urls = self._world.urls[service]
        self._turn += 1
        response = self._client.request(method, urls[self._turn % len(urls)] + path, json=body, headers=dict(headers))
        is_json = "json" in response.headers.get("content-type", "")
        return Answer(response.status_code, response.headers, response.text, response.json() if is_json else None)
