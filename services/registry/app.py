"""The composition root of the registry; each process imports what it needs and nothing of the other."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from services.registry.settings import RegistrySettings
from shared.postgres.database import Database
from shared.runtime.clock import Clock
from shared.runtime.service import Service, WorkerParts
from shared.runtime.settings import ConfigurationError, require
from shared.telemetry.metrics import Metrics

if TYPE_CHECKING:
    from fastapi import FastAPI


def build_api(settings: RegistrySettings, clock: Clock, database: Database | None = None) -> "FastAPI":
    """The HTTP application.

    Raises
    ------
    ConfigurationError
        A setting is wrong, or there is a key to sign with but no issuer of kind `volunteer` to speak as.
    """
    from services.registry.api import (
        answers,
        audit,
        boundaries,
        campaigns,
        changes,
        clearances,
        consents,
        contacts,
        duplicates,
        exchange,
        exports,
        groups,
        imports,
        invitations,
        machines,
        members,
        organisations,
        pages,
        person_requests,
        places,
        registrations,
        sign_in,
        support_requests,
        volunteers,
    )
    from services.registry.authorities import authorities
    from services.registry.handlers.sign_in import TokenMint
    from shared.access.keys import load_signing_key
    from shared.http.app import create_app
    from shared.http.jwks import jwks_router

    key = load_signing_key(settings.signing_key_file, settings.mode) if settings.signing_key_file else None
    mint = None
    if key is not None:
        issuer = settings.volunteer_issuer
        if issuer is None:
            raise ConfigurationError("TANDEM_ISSUERS: the issuer of kind volunteer, as which the registry speaks")
        lifetime = timedelta(minutes=settings.access_token_minutes)
        mint = TokenMint(key, issuer.issuer, issuer.audience, lifetime)
    return create_app(
        "registry",
        settings,
        [
            # Before the routes with a path parameter in the same place.
            pages.router,
            support_requests.router,
            exports.router,
            person_requests.router,
            registrations.router,
            consents.router,
            volunteers.router,
            sign_in.router,
            invitations.router,
            members.router,
            organisations.router,
            contacts.router,
            audit.router,
            boundaries.router,
            clearances.router,
            duplicates.router,
            groups.router,
            campaigns.router,
            answers.router,
            machines.router,
            exchange.router,
            imports.router,
            changes.router,
            places.router,
            jwks_router(),
        ],
        description="Who there is: places, organisations, members and their roles, contacts, volunteers.",
        clock=clock,
        database=database,
        signing_keys=[key] if key else [],
        resources=[authorities(settings.authorities_file), *([mint] if mint else [])],
        form_paths=pages.FORM_PATHS,
        streams=[imports.import_stream(settings)],
    )


def check(settings: RegistrySettings, process: str) -> None:
    """The document of the API can be written without keys; serving cannot go without.

    Raises
    ------
    ConfigurationError
        It names what is missing.
    """
    if process == "api":
        require(settings, "signing_key_file", "link_jwks", "suppression_key")
    if process == "worker":
        require(settings, "suppression_key")


def build_worker(settings: RegistrySettings, _database: Database, _clock: Clock, _metrics: Metrics) -> WorkerParts:
    """What the worker does besides relaying."""
    from services.registry.subscribers import projections, reactions
    from services.registry.timers import timers

    return WorkerParts(
        projections=projections(),
        reactions=reactions(),
        timers=timers(settings),
    )


def _command(name: str, function: str, about: str) -> Callable[[Sequence[str]], int]:
    """A command whose module is imported when it is called; `about` stands in the list of commands."""

    def run(arguments: Sequence[str]) -> int:
        status: int = getattr(import_module(f"services.registry.{name}"), function)(arguments)
        return status

    run.__doc__ = about
    return run


SERVICE = Service(
    name="registry",
    folder=Path(__file__).parent,
    settings=RegistrySettings,
    api=build_api,
    worker=build_worker,
    check=check,
    commands={
        "load-places": _command(
            "loading", "load_places", "postal codes and their districts, from GeoNames' file or as shipped"
        ),
        "load-districts": _command("loading", "load_districts", "districts of any Land from a file"),
        "appoint-state-admin": _command(
            "commands", "appoint_state_admin", "make a person state_admin of the state authority"
        ),
        "verify-audit": _command("commands", "verify_audit", "find what was altered in the audit log"),
        "map-skills": _command(
            "commands", "map_skills", "when the vocabulary of skills has grown: free words become terms"
        ),
    },
)
