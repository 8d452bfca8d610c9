"""What the registry's worker does at intervals."""

from datetime import timedelta

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
from services.registry.handlers.sign_in import prune_sign_ins
from services.registry.handlers.undertakings import ask_again
from services.registry.handlers.volunteers import reach_thresholds
from services.registry.settings import RegistrySettings
from shared.runtime.timers import Timer


def timers(settings: RegistrySettings) -> list[Timer]:
    """All of them."""
    return [
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
    ]


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
