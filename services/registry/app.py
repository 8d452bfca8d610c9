"""The composition root of the registry."""

from datetime import timedelta
from pathlib import Path

from fastapi import FastAPI

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
from services.registry.commands import appoint_state_admin, verify_audit
from services.registry.handlers import audit as audit_log
from services.registry.handlers import boundaries as task_boundaries
from services.registry.handlers import (
    campaign_calls,
    clearance_periods,
    group_invitations,
    merges,
    own_contacts,
    restricting,
)
from services.registry.handlers import changes as change_feed
from services.registry.handlers import contacts as contact_upkeep
from services.registry.handlers import duplicates as duplicates_found
from services.registry.handlers import imports as import_steps
from services.registry.handlers import support_requests as support
from services.registry.handlers.addresses import forget_changes, hand_over
from services.registry.handlers.erasures import PROOF_KEPT_YEARS
from services.registry.handlers.invitations import forget_invitations
from services.registry.handlers.pauses import end_pauses
from services.registry.handlers.registrations import forget_unconfirmed
from services.registry.handlers.requests import working as requests_of_persons
from services.registry.handlers.sign_in import TokenMint, prune_sign_ins
from services.registry.handlers.undertakings import ask_again
from services.registry.handlers.volunteers import reach_thresholds
from services.registry.loading import load_districts, load_places
from services.registry.settings import RegistrySettings
from services.registry.subscribers import projections, reactions
from shared.access.keys import load_signing_key
from shared.http.app import create_app
from shared.http.jwks import jwks_router
from shared.postgres.database import Database
from shared.runtime.clock import Clock
from shared.runtime.service import Service, WorkerParts
from shared.runtime.settings import ConfigurationError, require
from shared.runtime.timers import Timer
from shared.telemetry.metrics import Metrics


def build_api(settings: RegistrySettings, clock: Clock, database: Database | None = None) -> FastAPI:
    """The HTTP application.

    Raises
    ------
    ConfigurationError
        A setting is wrong, or there is a key to sign with but no issuer of kind `volunteer` to speak as.
    """
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
    return WorkerParts(
        projections=projections(),
        reactions=reactions(),
        timers=[
            *_timers_of_groups(settings),
            Timer("forget-unconfirmed", timedelta(minutes=10), forget_unconfirmed),
            Timer("reach-thresholds-of-age", timedelta(minutes=10), reach_thresholds),
            Timer("end-pauses", timedelta(minutes=10), end_pauses),
            Timer("forget-address-changes", timedelta(minutes=10), forget_changes),
            Timer("hand-over-volunteers-without-mail", timedelta(minutes=10), hand_over),
            Timer("ask-for-undertakings-again", timedelta(minutes=10), ask_again),
            Timer("forget-invitations", timedelta(minutes=10), forget_invitations),
            Timer("prune-sign-ins", timedelta(minutes=10), prune_sign_ins),
            Timer("remind-of-contacts", timedelta(minutes=10), contact_upkeep.remind),
            Timer("look-again-at-contacts", timedelta(seconds=1), contact_upkeep.look_again),
            Timer("find-own-contacts", timedelta(seconds=2), own_contacts.find, prompt=True),
            Timer(
                "escalate-support-requests",
                timedelta(minutes=1),
                lambda tx: support.escalate(tx, settings),
            ),
            Timer("tidy-support-requests", timedelta(hours=1), lambda tx: support.tidy(tx, settings)),
            Timer("count-needs", timedelta(minutes=1), lambda tx: support.count_needs(tx, settings)),
            Timer("work-through-imports", timedelta(seconds=1), lambda tx: import_steps.work_through(tx, settings)),
            Timer("forget-imports", timedelta(minutes=10), lambda tx: import_steps.forget_old(tx, settings)),
            Timer("number-changes", timedelta(milliseconds=500), change_feed.number),
            Timer("prune-changes", timedelta(minutes=10), lambda tx: change_feed.prune(tx, settings)),
            Timer("end-restrictions", timedelta(minutes=10), restricting.end_announced),
            Timer("remind-of-person-requests", timedelta(minutes=10), requests_of_persons.remind),
            Timer(
                "forget-person-requests",
                timedelta(hours=1),
                lambda tx: requests_of_persons.forget(tx, PROOF_KEPT_YEARS),
            ),
            Timer("seal-audit-log", timedelta(seconds=5), audit_log.seal),
            Timer("forget-audit-log", timedelta(hours=1), audit_log.forget),
            Timer("settle-late-placements", timedelta(minutes=1), clearance_periods.settle_late, prompt=True),
            Timer("forget-closed-placements", timedelta(hours=1), clearance_periods.forget_closed),
            Timer("delete-clearances", timedelta(minutes=10), clearance_periods.delete_due),
            Timer("give-clearance-notices", timedelta(minutes=10), clearance_periods.give_notices),
            Timer("end-boundaries", timedelta(minutes=10), task_boundaries.end_those_over),
            Timer("forget-boundary-talks", timedelta(hours=1), task_boundaries.forget_talks),
        ],
    )


def _timers_of_groups(settings: RegistrySettings) -> list[Timer]:
    """Duplicates and merges, groups, campaigns."""
    return [
        Timer("find-duplicates", timedelta(seconds=2), duplicates_found.find),
        Timer("settle-merges", timedelta(minutes=10), merges.settle),
        Timer("forget-group-invitations", timedelta(minutes=10), group_invitations.forget_expired),
        Timer("open-campaigns", timedelta(minutes=1), campaign_calls.open_campaigns),
        Timer("call-volunteers", timedelta(seconds=2), lambda tx: campaign_calls.call_volunteers(tx, settings)),
        Timer("call-volunteers-later", timedelta(minutes=1), lambda tx: campaign_calls.call_later(tx, settings)),
        Timer("renew-counts-of-campaigns", timedelta(minutes=10), campaign_calls.renew_counts),
        Timer("end-campaigns", timedelta(minutes=10), campaign_calls.end_campaigns),
        Timer("forget-campaigns", timedelta(minutes=10), lambda tx: campaign_calls.forget(tx, settings)),
    ]


SERVICE = Service(
    name="registry",
    folder=Path(__file__).parent,
    settings=RegistrySettings,
    api=build_api,
    worker=build_worker,
    check=check,
    commands={
        "load-places": load_places,
        "load-districts": load_districts,
        "appoint-state-admin": appoint_state_admin,
        "verify-audit": verify_audit,
    },
)
