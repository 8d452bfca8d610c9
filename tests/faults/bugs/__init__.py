"""Bugs that are planted in the services' processes, to see whether the checker finds them.

Each is a small patch of one method, the mistake that somebody might make in good faith. `BUGS` maps its name to what it
patches, what is lost by it, and the faults under which it shows.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tests.faults.bugs import consumers, relay, use_cases
from tests.faults.steps import STEPS

KILLS = ("killed", "killed-at-a-step")
AT_A_STEP = ("killed-at-a-step",)
BEFORE_AN_EFFECT = ("consumer-1-batch-received", "consumer-2-effect-before-commit")
BEFORE_THE_OUTBOX = ("api-1-before-the-outbox",)
BEFORE_THE_COMMIT = (*BEFORE_THE_OUTBOX, "api-2-before-the-commit")
BEFORE_A_MAIL = ("postman-1-before-handing-over", "postman-2-after-handing-over")
BEFORE_A_BATCH_IS_COMMITTED = ("relay-3-batch-named", "relay-4-batch-sent", "relay-5-name-sent")
IN_THE_RELAY = tuple(name for name in STEPS if name.startswith("relay"))
IN_A_COMMAND = tuple(name for name in STEPS if name.startswith("api"))


@dataclass(frozen=True)
class Bug:
    """One mistake. `shows_under`: names of faults that make it do harm."""

    plant: Callable[[], None]
    shows_under: tuple[str, ...]
    harm: str
    steps: tuple[str, ...] = ()
    """Numbered steps at which a death does the harm; none: at any."""


def plant(name: str) -> None:
    """Plant a bug in this process.

    Raises
    ------
    KeyError
        There is no such bug.
    """
    BUGS[name].plant()


BUGS: dict[str, Bug] = {
    "offset-before-effect": Bug(consumers.offset_before_effect, AT_A_STEP, "events lost at a kill", BEFORE_AN_EFFECT),
    "inbox-outside-transaction": Bug(
        consumers.inbox_outside_transaction, AT_A_STEP, "mails lost at a kill", BEFORE_AN_EFFECT
    ),
    "relay-without-fence": Bug(
        # Awake earlier, the heartbeat of its lease would stop it before it has sent anything.
        relay.relay_without_fence,
        ("frozen-at-a-step",),
        "events twice, old after new",
        ("relay-5-name-sent",),
    ),
    "relay-after-the-last-position": Bug(
        relay.relay_after_the_last_position, ("transaction-that-commits-late",), "events of late transactions lost"
    ),
    "removed-before-acknowledged": Bug(
        relay.removed_before_acknowledged,
        AT_A_STEP,
        "events lost at a kill or without a broker",
        BEFORE_A_BATCH_IS_COMMITTED,
    ),
    "last-batch-not-asked-for": Bug(
        relay.last_batch_not_asked_for, AT_A_STEP, "events twice", ("relay-6-batch-committed",)
    ),
    "commit-error-is-success": Bug(relay.commit_error_is_success, ("frozen-past-its-transaction",), "events lost"),
    "version-not-compared": Bug(consumers.version_not_compared, ("duplicates-and-reordering",), "read models go back"),
    "acknowledged-in-spite-of-an-error": Bug(
        consumers.acknowledged_in_spite_of_an_error,
        ("unfit",),
        "events lost",
    ),
    "tombstone-ignored": Bug(consumers.tombstone_ignored, ("tombstone",), "what was deleted stays"),
    "erased-not-asked-for": Bug(
        consumers.erased_not_asked_for, ("duplicates-and-reordering",), "erased persons return"
    ),
    "dead-letter-dropped": Bug(consumers.dead_letter_dropped, ("poison",), "what cannot be read is lost"),
    "reaction-repeated": Bug(consumers.reaction_repeated, ("duplicates-and-reordering",), "mails twice"),
    "outbox-after-the-commit": Bug(
        relay.outbox_after_the_commit, AT_A_STEP, "changes without events", BEFORE_THE_OUTBOX
    ),
    "answered-before-the-commit": Bug(
        use_cases.answered_before_the_commit, AT_A_STEP, "acknowledged, but not there", BEFORE_THE_COMMIT
    ),
    "idempotency-key-ignored": Bug(use_cases.idempotency_key_ignored, KILLS, "offers twice", IN_A_COMMAND),
    "capacity-before-the-lock": Bug(use_cases.capacity_before_the_lock, (), "more placements than places"),
    "waiting-list-passed-by": Bug(use_cases.waiting_list_passed_by, (), "who asked later has the place"),
    "who-asked-last-is-first": Bug(use_cases.who_asked_last_is_first, (), "who asked earlier waits longer"),
    "version-not-raised": Bug(use_cases.version_not_raised, (), "read models stay behind"),
    "partition-by-chance": Bug(relay.partition_by_chance, (), "no order per aggregate"),
    "mail-noted-before-it-is-sent": Bug(
        use_cases.mail_noted_before_it_is_sent, KILLS, "mails lost at a kill", BEFORE_A_MAIL
    ),
    "message-id-anew": Bug(use_cases.message_id_anew, (), "mails that nobody can tell apart"),
    "erasure-forgets-tombstones": Bug(use_cases.erasure_forgets_tombstones, (), "erased persons stay in the log"),
    "uncommitted-read": Bug(
        consumers.uncommitted_read, ("frozen", *KILLS), "effects of what was never announced", IN_THE_RELAY
    ),
    "waiting-list-forgotten": Bug(use_cases.waiting_list_forgotten, (), "places stay free"),
}
"""`uncommitted-read` and `waiting-list-passed-by` are expected to do no harm; see the README of this folder."""
