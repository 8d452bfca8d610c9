"""The district plan: as good as an independent optimum, hardly slower than the bare solver, and what a whole Land costs."""

import asyncio
import resource
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow
from scipy.optimize import linprog
from scipy.sparse import csr_array, vstack

from services.matching.rules.assignment import MICRO, Problem, greedily, solve
from services.matching.solving import solve_aside
from tests.benchmarks.matching.instances import instance
from tests.benchmarks.report import Result, against, compared

DISTRICT = (10_000, 2_000, 100)
"""Volunteers, offers, candidates for each: 200,000 pairings."""
LAND = (1_000_000, 100_000, 50)


def measure(rounds: int, seed: int, land: tuple[int, int, int] | None = LAND) -> list[Result]:
    """All figures of the plan; `land` None leaves the whole Land out."""
    results = [*_district(rounds, seed)]
    if land is not None:
        results += _land(land, seed)
    return results


def _district(rounds: int, seed: int) -> Sequence[Result]:
    ours, aside, bare, greedy, objectives = [], [], [], [], []
    for each in range(rounds):
        problem = instance(seed + each, *DISTRICT).problem
        network = _network(problem)
        bare.append(_seconds(network.solve))
        ours.append(_seconds(lambda problem=problem: solve(problem)))
        aside.append(_seconds(lambda problem=problem: asyncio.run(solve_aside(problem))))
        best = solve(problem).objective
        greedy.append(greedily(problem).objective / best)
        if each == 0:
            objectives.append(best / optimum(problem))
    size = f"{DISTRICT[0]:,} × {DISTRICT[1]:,}"
    return [
        compared(f"plan {size}, with the network built and read", "s", ours, bare),
        compared(f"plan {size}, in a process of its own, greedy beside it", "s", aside, bare),
        against(f"plan {size}, objective ÷ that of HiGHS", "", objectives, 1.0),
        against(f"plan {size}, greedy ÷ plan", "", greedy, 1.0),
    ]


def _land(size: tuple[int, int, int], seed: int) -> Sequence[Result]:
    problem = instance(seed, *size).problem
    seconds = _seconds(lambda: asyncio.run(solve_aside(problem)))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    name = f"plan of a Land, {size[0]:,} × {size[1]:,}, {len(problem.benefits):,} pairings"
    return [against(name, "s", [seconds], None), against(f"{name}, memory of the solver", "MiB", [peak], None)]


def _network(problem: Problem) -> SimpleMinCostFlow:
    """The bare solver, everything prepared; one place for one person."""
    people, person = np.unique(problem.volunteers, return_inverse=True)
    count = len(people)
    offer = count + np.asarray(problem.offers)
    places = np.asarray(problem.places)
    source, sink = count + len(places), count + len(places) + 1
    supply = min(count, int(places.sum()))
    network = SimpleMinCostFlow()
    add = network.add_arcs_with_capacity_and_unit_cost
    add(person, offer, np.ones(len(offer), int), -np.asarray(problem.benefits, dtype=np.int64))
    add(np.full(count, source), np.arange(count), np.ones(count, int), np.zeros(count, int))
    add(count + np.arange(len(places)), np.full(len(places), sink), places, np.zeros(len(places), int))
    network.add_arc_with_capacity_and_unit_cost(source, sink, supply, 0)
    network.set_node_supply(source, supply)
    network.set_node_supply(sink, -supply)
    return network


def optimum(problem: Problem) -> float:
    """The objective by HiGHS, as a linear programme, in millionths; one place for one person."""
    pairings = np.arange(len(problem.benefits))
    ones = np.ones(len(pairings))
    people, person = np.unique(problem.volunteers, return_inverse=True)
    limits = vstack(
        [
            csr_array((ones, (problem.offers, pairings)), shape=(len(problem.places), len(pairings))),
            csr_array((ones, (person, pairings)), shape=(len(people), len(pairings))),
        ]
    )
    bounds = np.concatenate((np.asarray(problem.places), np.ones(len(people))))
    result = linprog(-np.asarray(problem.benefits) / MICRO, A_ub=limits, b_ub=bounds, bounds=(0, 1), method="highs")
    return -float(result.fun) * MICRO


def _seconds(run: Any) -> float:
    begun = time.perf_counter()
    run()
    return time.perf_counter() - begun
