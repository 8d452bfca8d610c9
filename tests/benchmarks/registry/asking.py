"""Requests made from recipes, and how long they take."""

import json
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import asyncpg
import httpx

from tests.benchmarks.registry.application import Application
from tests.benchmarks.registry.population import ORGANISATION, VOLUNTEER, Population
from tests.benchmarks.registry.recipes import NOT_MEASURED, PREPARATION, RECIPES, Recipe, Target
from tests.benchmarks.registry.recipes.recipe import TARGETS_AT_MOST

PEOPLE, HOUSES = 5000, 200
"""So many, from everywhere, are asked about."""


class NothingToAsk(Exception):
    """A recipe found no target, or an endpoint has no recipe."""


@dataclass
class Endpoint:
    """An endpoint of one application, with requests that it answers."""

    application: Application
    recipe: Recipe
    targets: Sequence[Target]
    asked: int = 0

    async def ask(self) -> httpx.Response:
        """The next request."""
        target = self.targets[self.asked % len(self.targets)]
        self.asked += 1
        return await self.application.client.send(self._request(target))

    async def settle(self) -> None:
        """Ask about every target once, and go on with those about whom there is an answer.

        Raises
        ------
        NothingToAsk
            There is none.
        """
        answers = [await self.ask() for _ in self.targets]
        good = [target for target, answer in zip(self.targets, answers, strict=True) if answer.is_success]
        if not good:
            raise NothingToAsk(f"{self.recipe.operation}: {answers[0].status_code} {answers[0].text[:400]}")
        self.targets, self.asked = good, 0

    def prepared(self, requests: int) -> list[httpx.Request]:
        """The next so many requests, written."""
        found = [
            self._request(self.targets[(self.asked + number) % len(self.targets)], number) for number in range(requests)
        ]
        self.asked += requests
        return found

    async def seconds(self, prepared: Sequence[httpx.Request]) -> float:
        """How long a request takes, the median of these, one after the other.

        The median of single requests, because others may be at work on the machine: a burst of theirs hits a few of them.
        """
        spent = []
        for request in prepared:
            begun = time.perf_counter()
            answer = await self.application.client.send(request)
            spent.append(time.perf_counter() - begun)
        assert answer.is_success, f"{self.recipe.operation}: {answer.status_code} {answer.text[:300]}"
        return statistics.median(spent)

    def _request(self, target: Target, number: int = 0) -> httpx.Request:
        recipe, told = self.recipe, dict(target)
        headers: dict[str, str] = {}
        if recipe.link is not None:
            purpose, subject, resource = recipe.link
            told["token"] = self.application.link(purpose, told[subject], told[resource] if resource else None)
        if "staff" in told:
            headers |= self.application.staff(told["staff"])
        if "volunteer" in told:
            headers |= self.application.volunteer(told["volunteer"])
        if "version" in told and recipe.method != "GET":
            headers["If-Match"] = f'"{told["version"]}"'
        places = {name: quote(str(value), safe="") for name, value in told.items()}
        url = recipe.path.format(**places) + (f"?{recipe.query.format(**places)}" if recipe.query else "")
        build = partial(self.application.client.build_request, recipe.method, url)
        if recipe.method == "POST" and recipe.form:
            return build(data={"token": told["token"], "idempotency_key": str(uuid4())}, headers=headers)
        if recipe.method == "POST":
            headers["Idempotency-Key"] = str(uuid4())
        body: Any = recipe.body(told, self.asked + number) if recipe.body is not None else None
        if recipe.link is not None and recipe.method == "POST":
            body = {"token": told["token"], **(body or {})}
        return build(headers=headers) if body is None else build(json=body, headers=headers)


async def endpoints(
    application: Application, connection: "asyncpg.Connection[asyncpg.Record]", population: Population
) -> dict[str, Endpoint]:
    """Every endpoint by its operation.

    Raises
    ------
    NothingToAsk
        An endpoint has no recipe, or a recipe no target: both are named.
    """
    await _prepare(connection, population)
    found, problems = {}, sorted(await operations(application) - {recipe.operation for recipe in RECIPES})
    for recipe in RECIPES:
        targets: list[Mapping[str, Any]] = [
            dict(row) for row in await connection.fetch(f"SELECT * FROM ({recipe.targets}) LIMIT {TARGETS_AT_MOST}")
        ]
        if targets:
            found[recipe.operation] = Endpoint(application, recipe, targets)
        else:
            problems.append(f"{recipe.operation}: no target")
    if problems:
        raise NothingToAsk("\n".join(problems))
    return found


async def operations(application: Application) -> set[str]:
    """What the document of the API names, pages included."""
    routes = json.loads((await application.client.get("/openapi.json")).content)["paths"]
    return {f"{method.upper()} {path}" for path, methods in routes.items() for method in methods} - NOT_MEASURED.keys()


async def _prepare(connection: "asyncpg.Connection[asyncpg.Record]", population: Population) -> None:
    people = [UUID(population.id(VOLUNTEER, number)) for number in spread(population.volunteers, PEOPLE)]
    houses = [UUID(population.id(ORGANISATION, number)) for number in spread(population.organisations, HOUSES)]
    first, *rest = [part for part in PREPARATION.split(";\n") if part.strip()]
    await connection.execute(first.replace("$1", "%s") % _array(people))
    for part in rest:
        await connection.execute(part.replace("$2", "%s") % _array(houses) if "$2" in part else part)


def spread(of: int, count: int) -> list[int]:
    """Numbers from everywhere in a population."""
    return sorted(Random(of).sample(range(of), min(of, count)))


def _array(ids: Sequence[UUID]) -> str:
    return f"'{{{','.join(map(str, ids))}}}'"
