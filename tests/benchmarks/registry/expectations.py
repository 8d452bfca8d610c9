"""What must hold of the registry's plans, in the usual run on few rows and in the long one on a million volunteers."""

from collections.abc import Mapping

import asyncpg
import psycopg

from tests.benchmarks.registry import plans
from tests.benchmarks.registry.plans import Values

BOUNDED = frozenset(("districts", "places", "needs", "contact_topics"))
"""As many rows in every registry of Germany."""
READS_ALL: Mapping[str, str] = {
    f"services/registry/store/{query}": why
    for query, why in {
        "support_requests.sql: count_needs": "counts a year's requests, now and then, from an index",
        "support_requests.sql: forget_needs": "forgets what was counted before: 6,400 rows at most",
    }.items()
}
"""Which queries read something large as a whole, and why they may."""
UNORDERED = "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off"
"""On few rows reading all of them is often cheapest; so the planner shows what it can do with indexes."""


async def faults(dsn: str, *, large_from: int, small: bool) -> list[str]:
    """Every plan that reads a large table or index from one end to the other, and every query that cannot be planned.

    Parameters
    ----------
    large_from
        So many rows are large.
    small
        The registry is too small for the planner to choose as it would with a million volunteers.
    """
    found: list[str] = []
    asking = await asyncpg.connect(dsn, server_settings={"search_path": "registry"})
    with psycopg.connect(dsn, autocommit=True, options="-csearch_path=registry") as planning:
        if small:
            await asking.execute(UNORDERED)
            planning.execute(UNORDERED.encode())
        large = await plans.large(asking, large_from) - BOUNDED
        values = Values(asking)
        for statement in plans.statements():
            if statement.name in READS_ALL:
                continue
            try:
                generic, custom = plans.generic(planning, statement), await plans.custom(asking, statement, values)
            except (psycopg.Error, asyncpg.PostgresError) as error:
                found.append(f"{statement.name}: {error}")
                continue
            chosen = [custom, generic] if small or plans.is_chosen(generic, custom) else [custom]
            found += dict.fromkeys(fault for plan in chosen for fault in plans.faults(statement.name, plan, large))
    await asking.close()
    return found


async def costly(dsn: str, pages_at_most: int) -> list[str]:
    """Every query that touches more pages than that when it is run, with values as they occur; what it does is undone."""
    found = []
    asking = await asyncpg.connect(dsn, server_settings={"search_path": "registry", "statement_timeout": "60s"})
    values = Values(asking)
    for statement in plans.statements():
        transaction = asking.transaction()
        await transaction.start()
        try:
            plan = await plans.custom(asking, statement, values, "ANALYZE, BUFFERS,")
        except asyncpg.IntegrityConstraintViolationError:
            continue  # One row was to be written whose values do not fit together.
        except asyncpg.PostgresError as error:
            found.append(f"{statement.name}: {error}")
        else:
            if plans.pages(plan) > pages_at_most and statement.name not in READS_ALL:
                found.append(f"{statement.name}: {plans.pages(plan)} pages, {plan['Actual Total Time']:.0f} ms")
        finally:
            await transaction.rollback()
    await asking.close()
    return found
