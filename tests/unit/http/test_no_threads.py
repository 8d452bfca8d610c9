"""Nothing that a request needs runs in a thread: a plain function as a dependency would, and cost more than all else."""

import inspect
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import SecretStr

from shared.contracts.topics import SERVICES
from shared.runtime.clock import Clock
from shared.runtime.settings import Mode


def routes_of(holder: Any) -> Iterator[APIRoute]:
    for route in holder.routes:
        if isinstance(route, APIRoute):
            yield route
        elif hasattr(route, "original_router"):
            yield from routes_of(route.original_router)


def calls_of(dependant: Dependant) -> Iterator[Any]:
    yield dependant.call
    for each in dependant.dependencies:
        yield from calls_of(each)


@pytest.mark.parametrize("name", SERVICES)
def test_every_endpoint_and_every_dependency_is_a_coroutine(name: str) -> None:
    service = import_module(f"services.{name}.app").SERVICE
    settings = service.settings.model_construct(
        mode=Mode.TEST,
        postgres_dsn=SecretStr("postgresql://127.0.0.1/tandem"),
        kafka_bootstrap="127.0.0.1",
        http_port=0,
        issuers=(),
        link_jwks=None,
        signing_key_file=None,
    )
    routes = list(routes_of(service.api(settings, Clock())))
    assert routes
    plain = {
        call.__qualname__
        for route in routes
        for call in calls_of(route.dependant)
        if not inspect.iscoroutinefunction(call) and not inspect.iscoroutinefunction(getattr(call, "__call__", None))  # noqa: B004
    }
    assert not plain
