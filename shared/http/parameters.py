"""A parameter that an endpoint does not declare is refused: a misspelt filter would show more than was asked for."""

from fastapi import Request
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import ParamTypes

from shared.http.problems import Problem, ProblemError
from shared.http.state import state_of


async def refuse_unknown_parameters(request: Request) -> None:
    """Dependency of every endpoint.

    Pages behind mailed links are left out: what a mail program adds to a link must not keep a person from the button.

    Raises
    ------
    ProblemError
        400 `unknown-parameter`, with the names that there are.
    """
    told = set(request.query_params.keys())
    if not told or request.url.path in state_of(request).form_paths:
        return
    declared = _declared(request)
    if not told <= declared:
        raise ProblemError(
            Problem(
                400,
                "unknown-parameter",
                "Die Adresse enthält eine Angabe, die es hier nicht gibt.",
                "The address contains a parameter that does not exist here.",
                details={"parameters": sorted(declared)},
            )
        )


def _declared(request: Request) -> set[str]:
    route = request.scope.get("fastapi", {}).get("effective_route_context") or request.scope["route"]
    elsewhere = (ParamTypes.path, ParamTypes.header, ParamTypes.cookie)
    return {
        each.alias
        for each in get_flat_params(route.dependant)
        if getattr(each.field_info, "in_", None) not in elsewhere
    }
