"""For every endpoint of the registry: requests as they occur, against whoever is there.

A recipe's SQL finds the targets of up to twenty requests. Its columns fill the path, the query and the body by their names;
`staff` (how a member signs in) or `volunteer` (an id) says who asks, `version` becomes `If-Match`.
"""

from tests.benchmarks.registry.recipes import exchange, organisations, rights, volunteers
from tests.benchmarks.registry.recipes.recipe import PREPARATION, Recipe, Target

RECIPES: tuple[Recipe, ...] = (
    *volunteers.RECIPES,
    *organisations.RECIPES,
    *exchange.RECIPES,
    *rights.RECIPES,
)

NOT_MEASURED = {
    "POST /imports": "takes a file; measured as rows a second",
    "GET /openapi.json": "the document",
}
"""And why."""

__all__ = ["NOT_MEASURED", "PREPARATION", "RECIPES", "Recipe", "Target"]
