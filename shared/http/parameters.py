"""A parameter that an endpoint does not declare is refused: a misspelt filter would show more than was asked for."""

from fastapi import Request
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import ParamTypes

from shared.http.problems import Problem, ProblemError
from shared.http.state import state_of

SHOWN_AT_MOST = 5
SHOWN_OF_A_NAME = 50
"""So much of what somebody made up is told back to them."""


async def refuse_unknown_parameters(request: Request) -> None:
    """Dependency of every endpoint.

    Pages behind mailed links are left out: what a mail program adds to a link must not keep a person from the button.

    Raises
    ------
    ProblemError
        400 `unknown-parameter`, with the names told wrongly and those that there are.
    """
    told = set(request.query_params.keys())
    if not told or request.url.path in state_of(request).form_paths:
        return
    declared = _declared(request)
    if not told <= declared:
        raise ProblemError(_unknown(told - declared, declared))


def _unknown(told: set[str], declared: set[str]) -> Problem:
    shown = [name[:SHOWN_OF_A_NAME] for name in sorted(told)[:SHOWN_AT_MOST]]
    there_are = ", ".join(sorted(declared))
    return Problem(
        400,
        "unknown-parameter",
        f"Die Adresse enthält eine Angabe, die es hier nicht gibt: {', '.join(shown)}. "
        + (f"Es gibt: {there_are}." if declared else "Hier gibt es keine."),
        f"The address contains a parameter that does not exist here: {', '.join(shown)}. "
        + (f"There are: {there_are}." if declared else "There are none here."),
        details={"unknown": shown, "parameters": sorted(declared)},
    )


def _declared(request: Request) -> set[str]:
    route = request.scope.get("fastapi", {}).get("effective_route_context") or request.scope["route"]
    elsewhere = (ParamTypes.path, ParamTypes.header, ParamTypes.cookie)
    return {
        each.alias
        for each in get_flat_params(route.dependant)
        if getattr(each.field_info, "in_", None) not in elsewhere
    }
