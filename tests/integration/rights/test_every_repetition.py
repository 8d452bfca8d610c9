"""No POST of any service forgets to ask again, before it repeats an answer, whether the caller still may.

That is decided in one place (`CommandRunner.run`, with `shared.access.granted`); so every POST has to come that way, or
keep no answers at all.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator

import pytest
from fastapi import APIRouter
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from shared.contracts.topics import SERVICES
from shared.http.commands import CommandRunner, anonymous_command, command
from tests.integration.rights.endpoints import ENDPOINTS, PUBLIC

OWN_WAY = {
    # Asks who calls each time, because a file is more than one transaction.
    "registry": {"/imports"},
}
PAGE = "/page"
"""Buttons behind mailed links: the link is the permission, is burned under the key, and no answer is kept."""


def posts(service: str) -> Iterator[APIRoute]:
    api = importlib.import_module(f"services.{service}.api")
    found = [m.name for m in pkgutil.iter_modules(getattr(api, "__path__", ()), f"{api.__name__}.")]
    for module in (api, *(importlib.import_module(name) for name in found)):
        for router in {id(each): each for each in vars(module).values() if isinstance(each, APIRouter)}.values():
            yield from (each for each in router.routes if isinstance(each, APIRoute) and "POST" in (each.methods or ()))


def dependencies(of: Dependant) -> Iterator[object]:
    for each in of.dependencies:
        yield each.call
        yield from dependencies(each)


@pytest.mark.parametrize("service", SERVICES)
def test_every_post_is_a_command_that_is_asked_again_when_repeated(service: str) -> None:
    found = list(posts(service))
    assert found
    for route in found:
        asked = set(dependencies(route.dependant))
        if route.path.endswith(PAGE):
            assert not asked & {command, anonymous_command}, f"{route.path} keeps answers"
            continue
        if anonymous_command in asked:
            name = ENDPOINTS[service][route.name.replace("_", "-")]
            assert name == PUBLIC, f"{route.path}: signed in or not?"
            continue
        assert command in asked, f"{service} {route.path} is no command"
        if route.path not in OWN_WAY.get(service, ()):
            assert runs(route), f"{service} {route.path} answers past CommandRunner.run"


def runs(route: APIRoute) -> bool:
    """Does the endpoint, or a function of its module that it hands the command to, answer with `run`?"""
    called = inspect.unwrap(route.endpoint).__code__.co_names
    module = vars(inspect.getmodule(route.endpoint)) if inspect.getmodule(route.endpoint) else {}
    functions = [route.endpoint, *(module[name] for name in called if inspect.isfunction(module.get(name)))]
    return any("command.run(" in inspect.getsource(each) for each in functions)


def test_the_one_place_asks_before_it_repeats() -> None:
    written = inspect.getsource(CommandRunner)
    assert written.count("idempotency.begin(") == written.count("idempotency.keep(") == 1
