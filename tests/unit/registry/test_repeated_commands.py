"""What a POST answers is kept for 24 hours: nothing of anybody else that would outlive their erasure."""

import importlib
import inspect
import pkgutil

from fastapi import APIRouter
from fastapi.routing import APIRoute

from services.registry import api

# Commands that only the person may give whom the answer is about; it is kept under the caller's id.
OWN = {
    "/group-invitations/answer/page",
    "/groups",
    "/invitations/redemption",
    "/invitations/redemption/page",
    "/machines/binding",
    "/person-requests",
    "/person-requests/{request_id}/withdrawal",
    "/sign-in/redemption/page",
    "/support-requests",
    "/calls/answer/page",
    "/volunteers/address/page",
    "/volunteers/confirmation/page",
    "/volunteers/links/answer/page",
    "/volunteers/me/links/{link_id}/agreement",
    "/volunteers/{volunteer_id}/characteristics/age_band",
    "/volunteers/{volunteer_id}/characteristics/migration_experience",
    "/volunteers/{volunteer_id}/characteristics/{characteristic}/withdrawal",
    "/volunteers/{volunteer_id}/undertakings",
}
# Answers about organisations and what they agree, or with nothing but ids and a status.
NOBODY = {
    "/boundaries",
    "/boundaries/{boundary_id}/agreement",
    "/boundaries/{boundary_id}/comments",
    "/boundaries/{boundary_id}/end",
    "/boundaries/{boundary_id}/revisions",
    "/campaigns",
    "/campaigns/{campaign_id}/approval",
    "/campaigns/{campaign_id}/refusal",
    "/campaigns/{campaign_id}/submission",
    "/campaigns/{campaign_id}/withdrawal",
    "/duplicates/{duplicate_id}/merge",
    "/exchange/{source}/{kind}/deletions",
    "/groups/{group_id}/invitations",
    "/imports",
    "/invitations/{invitation_id}/renewal",
    "/merges/{merge_id}/undoing",
    "/organisations",
    "/organisations/{organisation_id}/machines",
    "/organisations/{organisation_id}/members",
    "/organisations/{organisation_id}/suspension",
    "/organisations/{organisation_id}/verification",
    "/sign-in",
    "/topics",
    "/volunteers",
    "/volunteers/{volunteer_id}/erasure",
    "/volunteers/{volunteer_id}/leave",
    "/volunteers/{volunteer_id}/mail",
}


def answering() -> dict[str, str]:
    """The source of every endpoint that answers a POST with a body, by its path."""
    found: dict[str, str] = {}
    for module in pkgutil.iter_modules(api.__path__, f"{api.__name__}."):
        router = getattr(importlib.import_module(module.name), "router", None)
        for route in router.routes if isinstance(router, APIRouter) else ():
            if isinstance(route, APIRoute) and "POST" in (route.methods or ()) and route.status_code != 204:
                found[route.path] = inspect.getsource(route.endpoint)
    return found


def test_an_answer_about_somebody_else_is_erased_with_them_or_not_kept() -> None:
    endpoints = answering()
    assert "/support-requests/{request_id}/messages" in endpoints
    kept = {path for path, source in endpoints.items() if "concerns=" not in source and "secret=True" not in source}
    assert kept == OWN | NOBODY
