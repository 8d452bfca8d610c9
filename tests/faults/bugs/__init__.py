"""Bugs that are planted in the services' processes, to see whether the checker finds them.

Each is a small patch of one method, the mistake that somebody might make in good faith. `BUGS` maps its name to what it
patches, what is lost by it, the faults under which it shows, and what the checker says of just this harm. That something is
slow, hangs or ends with an error is no finding: it happens on a busy machine without any bug.
"""

import re
from collections.abc import Callable, Iterable
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


EVENTS_LOST = (
    r"announced was|versions (\(|None)|is missing|does not know|was not set aside|never noted: \{|acknowledged \{"
    r"|version \d+ follows"
)
EVENTS_TWICE = r"version (\d+) follows \1 |stands there twice"
GOES_BACK = r" → |should be \{|came back"
NO_HARM = re.compile(r"had not come to|has not come to its end|GaveUp|not well|^Traceback|TimeoutError")
"""What is said when a run hangs, or nobody could look."""


@dataclass(frozen=True)
class Bug:
    """One mistake. `shows_under`: names of faults that make it do harm."""

    plant: Callable[[], None]
    shows_under: tuple[str, ...]
    harm: str
    shown_by: str
    """A regular expression: what the checker says when this harm was done."""
    steps: tuple[str, ...] = ()
    """Numbered steps at which a death does the harm; none: at any."""
    unseen_because: str = ""
    """Why it is expected not to be found; empty: it has to be."""

    def shown(self, violations: Iterable[str]) -> str | None:
        """The first violation that is the harm of this bug."""
        return next((v for v in violations if re.search(self.shown_by, v) and not NO_HARM.search(v)), None)


def plant(name: str) -> None:
    """Plant a bug in this process.

    Raises
    ------
    KeyError
        There is no such bug.
    """
    BUGS[name].plant()


BUGS: dict[str, Bug] = {
    "offset-before-effect": Bug(
        consumers.offset_before_effect, AT_A_STEP, "events lost at a kill", EVENTS_LOST, BEFORE_AN_EFFECT
    ),
    "inbox-outside-transaction": Bug(
        consumers.inbox_outside_transaction,
        AT_A_STEP,
        "mails lost at a kill",
        r"never noted: \{|was told 0 times",
        BEFORE_AN_EFFECT,
    ),
    "relay-without-fence": Bug(
        # Awake earlier, the heartbeat of its lease would stop it before it has sent anything.
        relay.relay_without_fence,
        ("frozen-at-a-step",),
        "events twice, old after new",
        r"version \d+ follows|stands there twice",
        ("relay-5-name-sent",),
    ),
    "relay-after-the-last-position": Bug(
        relay.relay_after_the_last_position,
        ("transaction-that-commits-late",),
        "events of late transactions lost",
        r"committed late|announced was",
    ),
    "removed-before-acknowledged": Bug(
        relay.removed_before_acknowledged,
        AT_A_STEP,
        "events lost at a kill or without a broker",
        EVENTS_LOST,
        BEFORE_A_BATCH_IS_COMMITTED,
    ),
    "last-batch-not-asked-for": Bug(
        relay.last_batch_not_asked_for, AT_A_STEP, "events twice", EVENTS_TWICE, ("relay-6-batch-committed",)
    ),
    "commit-error-is-success": Bug(
        relay.commit_error_is_success, ("frozen-past-its-transaction",), "events lost", EVENTS_LOST
    ),
    "read-ahead-from-the-start": Bug(
        relay.read_ahead_from_the_start, ("transaction-that-commits-late",), "events twice", EVENTS_TWICE
    ),
    "late-commit-behind-what-is-read-ahead": Bug(
        relay.late_commit_behind_what_is_read_ahead,
        ("transaction-that-commits-late",),
        "old after new",
        r"version \d+ follows",
    ),
    "version-not-compared": Bug(
        consumers.version_not_compared, ("duplicates-and-reordering",), "read models go back", GOES_BACK
    ),
    "acknowledged-in-spite-of-an-error": Bug(
        consumers.acknowledged_in_spite_of_an_error, ("unfit",), "events lost", EVENTS_LOST
    ),
    "tombstone-ignored": Bug(
        consumers.tombstone_ignored, ("tombstone",), "what was deleted stays", r"was buried|should not be there"
    ),
    "erased-not-asked-for": Bug(
        consumers.erased_not_asked_for,
        ("duplicates-and-reordering",),
        "erased persons return",
        r"has somebody who was erased|should not be there",
    ),
    "dead-letter-dropped": Bug(
        consumers.dead_letter_dropped, ("poison",), "what cannot be read is lost", r"was not set aside"
    ),
    "reaction-repeated": Bug(
        consumers.reaction_repeated,
        ("duplicates-and-reordering",),
        "mails twice",
        r"was told ([2-9]|\d\d+) times|noted more than once|came \d+ times|without occasion: \{",
    ),
    "outbox-after-the-commit": Bug(
        relay.outbox_after_the_commit, AT_A_STEP, "changes without events", EVENTS_LOST, BEFORE_THE_OUTBOX
    ),
    "answered-before-the-commit": Bug(
        use_cases.answered_before_the_commit,
        AT_A_STEP,
        "acknowledged, but not there",
        r"should be one of|is missing",
        BEFORE_THE_COMMIT,
    ),
    "idempotency-key-ignored": Bug(
        use_cases.idempotency_key_ignored, KILLS, "offers twice", r"is there \d+ times", IN_A_COMMAND
    ),
    "capacity-before-the-lock": Bug(
        # `offers_are_never_overbooked` is a CHECK: the second placement of the last place ends with an error.
        use_cases.capacity_before_the_lock,
        (),
        "more placements than places",
        r"is overbooked|hold one of|status=500",
    ),
    "waiting-list-passed-by": Bug(
        use_cases.waiting_list_passed_by,
        (),
        "who asked later has the place",
        r"waits (behind|although)",
        unseen_because="a place that comes free is offered on in the same transaction: nobody finds it free",
    ),
    "who-asked-last-is-first": Bug(
        use_cases.who_asked_last_is_first, (), "who asked earlier waits longer", r"waits behind"
    ),
    "version-not-raised": Bug(
        use_cases.version_not_raised, (), "read models stay behind", r"version \d+ follows|announced was|versions \("
    ),
    "partition-by-chance": Bug(
        relay.partition_by_chance, (), "no order per aggregate", r"in partitions|version \d+ follows"
    ),
    "mail-noted-before-it-is-sent": Bug(
        use_cases.mail_noted_before_it_is_sent,
        KILLS,
        "mails lost at a kill",
        r"was not received|not received",
        BEFORE_A_MAIL,
    ),
    "message-id-anew": Bug(
        use_cases.message_id_anew, (), "mails that nobody can tell apart", r"nobody noted it|was not received"
    ),
    "erasure-forgets-tombstones": Bug(
        use_cases.erasure_forgets_tombstones, (), "erased persons stay in the log", r"ends without a tombstone"
    ),
    "uncommitted-read": Bug(
        consumers.uncommitted_read,
        ("frozen", *KILLS),
        "effects of what was never announced",
        r"should (not )?be|noted more than once|without occasion: \{",
        IN_THE_RELAY,
        unseen_because="what a relay aborted is published again by its successor, and inbox and versions know it",
    ),
    "waiting-list-forgotten": Bug(
        use_cases.waiting_list_forgotten, (), "places stay free", r"waits although a place is free"
    ),
}
