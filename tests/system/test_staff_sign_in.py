"""Staff sign in at the operator's OpenID provider: a real Keycloak, the real flow, all services.

Not in the usual run: `make test-keycloak` (the first run fetches Keycloak).
"""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from deploy.local.journey import organisation
from deploy.local.journey.journey import STEPS, walk_through
from deploy.local.journey.mails import link_of, token_of
from deploy.local.journey.people import Person
from deploy.local.journey.telling import Telling
from deploy.local.journey.walk import Walk
from deploy.local.preparation import STATE_ADMIN
from shared.contracts.topics import SERVICES
from tests.support.servers import MailboxServer
from tests.support.servers.keycloak import start_keycloak
from tests.support.waiting import eventually
from tests.system.people import new_walk, staffed_organisation
from tests.system.platform import RunningPlatform
from tests.system.realm import BRIEF, ELSEWHERE, Realm

pytestmark = [pytest.mark.keycloak, pytest.mark.timeout(900)]

PATIENCE = 90.0
CACHED_SECONDS = 60.0
"""An unknown key is looked for at most every ten seconds; a token's times are taken with thirty seconds' leeway."""


class SignedInPlatform(RunningPlatform):
    """The platform whose staff sign in at a Keycloak."""

    realm: Realm

    def staff_token(self, subject: str, hours: float = 8) -> str:
        """A token that the realm gave to this person, who is made when they are new."""
        self.realm.add_user(subject, f"{subject}@example.org")
        return self.realm.sign_in(subject).access_token


@pytest.fixture(scope="module")
def realm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Realm]:
    server = start_keycloak(tmp_path_factory.mktemp("keycloak"))
    yield Realm(server)
    server.stop()


@pytest.fixture(scope="module")
def platform(
    realm: Realm,
    tmp_path_factory: pytest.TempPathFactory,
    kafka_server: Any,
    postgres_server: Any,
    mailbox_server: MailboxServer,
) -> Iterator[SignedInPlatform]:
    folder = tmp_path_factory.mktemp("platform")
    running = SignedInPlatform(folder, kafka_server, postgres_server, mailbox_server, issuers=[realm.trusted])
    running.realm = realm
    try:
        running.start()
        running.run(
            "registry",
            "appoint-state-admin",
            *("--issuer", realm.issuer, "--subject", realm.add_user(STATE_ADMIN, "state_admin@example.org")),
            *("--name", "Landesverwaltung (Demo)", "--mail", "state_admin@example.org"),
            *("--authority", "Landesverwaltung (Demo)"),
        )
        yield running
    finally:
        running.close()


@pytest.fixture(scope="module")
def staffed(platform: SignedInPlatform) -> Walk:
    """An organisation whose coordinator redeemed their invitation with a real sign-in."""
    return staffed_organisation(platform)


async def statuses(platform: SignedInPlatform, walk: Walk, token: str) -> dict[str, tuple[int, str]]:
    """What each service answers to the bearer of a token who asks for what a coordinator reads: status and code."""
    asked = {
        "registry": "/me",
        "matching": "/placements",
        "training": f"/enrolments?course_id={walk.course['course_id']}",
        "notifications": "/messages",
    }
    found = {}
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=30) as client:
        for service, path in asked.items():
            answer = await client.get(platform.api(service).url + path)
            code = answer.json().get("code", "") if answer.is_error else ""
            found[service] = (answer.status_code, code)
    return found


def everywhere(status: int, code: str = "") -> dict[str, tuple[int, str]]:
    return dict.fromkeys(SERVICES, (status, code))


def test_the_whole_journey_holds_with_people_who_really_signed_in(platform: SignedInPlatform) -> None:
    telling = Telling()
    walk_through(platform.world, telling, PATIENCE)
    assert len(telling.steps) == len(STEPS)


def test_whoever_redeems_the_invitation_is_bound_to_the_identity_of_their_sign_in(
    platform: SignedInPlatform, staffed: Walk
) -> None:
    coordinator = staffed.people.coordinator
    assert coordinator.subject is not None
    bound = platform.rows(
        "SELECT issuer, subject, memberships FROM registry.members WHERE subject_id = %s", coordinator.subject_id
    )
    assert [(row["issuer"], row["subject"]) for row in bound] == [
        (platform.realm.issuer, platform.realm.sign_in(coordinator.subject).subject)
    ]
    assert [(each["role"], each["organisation_id"]) for each in bound[0]["memberships"]] == [
        ("coordinator", staffed.organisation_id)
    ]


async def test_the_role_counts_in_every_service(platform: SignedInPlatform, staffed: Walk) -> None:
    coordinator = staffed.people.coordinator
    assert coordinator.subject is not None
    token = platform.realm.sign_in(coordinator.subject).access_token
    await eventually(lambda: _all_answer(platform, staffed, token), PATIENCE)


async def _all_answer(platform: SignedInPlatform, walk: Walk, token: str) -> bool:
    found = await statuses(platform, walk, token)
    assert found == everywhere(200), found
    return True


async def test_somebody_else_with_the_same_mail_is_nobody_here(platform: SignedInPlatform, staffed: Walk) -> None:
    """The binding is to issuer and subject: an address can be given to somebody else, a subject cannot."""
    coordinator = staffed.people.coordinator
    other = f"other-{staffed.people.suffix}"
    platform.realm.add_user(other, f"{coordinator.subject}@example.org")
    signed_in = platform.realm.sign_in(other)
    assert signed_in.claims["email"] == f"{coordinator.subject}@example.org"
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {signed_in.access_token}"}) as client:
        me = (await client.get(platform.api("registry").url + "/me")).json()
    assert (me["subject_id"], me["roles"]) == (None, [])
    found = await statuses(platform, staffed, signed_in.access_token)
    assert {service: status for service, (status, _) in found.items() if service != "registry"} == {
        "matching": 403,
        "training": 403,
        "notifications": 403,
    }
    assert not platform.rows("SELECT FROM registry.members WHERE subject = %s", signed_in.subject)


def test_an_invitation_that_was_redeemed_takes_nobody_else(platform: SignedInPlatform) -> None:
    with new_walk(platform) as walk:
        organisation.organisation_is_registered_and_verified(walk)
        admin, coordinator = walk.people.organisation_admin, walk.people.coordinator
        path = f"/organisations/{walk.organisation_id}/members"
        invitation = {"name": coordinator.name, "mail": coordinator.mail, "role": "coordinator"}
        walk.calls.post(admin, "registry", path, {**invitation, "districts": [organisation.DISTRICT]}, expected=202)
        link = token_of(link_of(walk.mails.wait_for(coordinator, "Einladung", "registry"), "/invitations/redemption"))
        walk.calls.post(coordinator, "registry", "/invitations/redemption", {"token": link})
        other = Person("Jemand anders (Demo)", coordinator.mail, subject=f"late-{walk.people.suffix}")
        assert other.subject is not None
        platform.realm.add_user(other.subject, coordinator.mail)
        other.holds(platform.realm.sign_in(other.subject).access_token)
        refused = walk.calls.call(
            other, "registry", "POST", "/invitations/redemption", {"token": link}, expected=httpx.codes.CONFLICT
        )
        assert refused.code == "link-used"


async def test_a_token_for_somebody_elses_application_opens_nothing(platform: SignedInPlatform, staffed: Walk) -> None:
    subject = staffed.people.coordinator.subject
    assert subject is not None
    for token in (
        platform.realm.sign_in(subject, ELSEWHERE).access_token,
        platform.realm.sign_in(subject).id_token,
    ):
        assert await statuses(platform, staffed, token) == everywhere(401, "token-invalid")


async def test_an_expired_token_is_refused_everywhere_and_a_refreshed_one_is_not(
    platform: SignedInPlatform, staffed: Walk
) -> None:
    subject = staffed.people.coordinator.subject
    assert subject is not None
    signed_in = platform.realm.sign_in(subject, BRIEF)

    async def refused() -> bool:
        return await statuses(platform, staffed, signed_in.access_token) == everywhere(401, "token-expired")

    await eventually(refused, CACHED_SECONDS, every=1)
    fresh = platform.realm.refresh(signed_in, BRIEF)
    await _all_answer(platform, staffed, fresh.access_token)


async def test_new_keys_are_found_while_everything_runs_and_withdrawn_ones_are_forgotten(
    platform: SignedInPlatform, staffed: Walk
) -> None:
    subject = staffed.people.coordinator.subject
    assert subject is not None
    old = platform.realm.sign_in(subject)
    await _all_answer(platform, staffed, old.access_token)
    platform.realm.rotate_keys()
    new = platform.realm.sign_in(subject)
    assert new.key_id != old.key_id
    await eventually(lambda: _all_answer(platform, staffed, new.access_token), CACHED_SECONDS, every=1)
    assert await statuses(platform, staffed, old.access_token) == everywhere(401, "token-invalid")


async def test_a_withdrawn_role_is_gone_in_every_service_though_the_token_still_holds(
    platform: SignedInPlatform,
) -> None:
    """`design.md` § 5: within a second; tokens prove identity, never permission."""
    walk = staffed_organisation(platform)
    coordinator = walk.people.coordinator
    assert coordinator.subject is not None
    token = platform.realm.sign_in(coordinator.subject).access_token
    await eventually(lambda: _all_answer(platform, walk, token), PATIENCE)
    (row,) = platform.rows("SELECT version FROM registry.members WHERE subject_id = %s", coordinator.subject_id)
    async with httpx.AsyncClient() as client:
        gone = await client.delete(
            f"{platform.api('registry').url}/members/{coordinator.subject_id}"
            f"/memberships/{walk.organisation_id}/coordinator",
            headers={"Authorization": f"Bearer {token}", "If-Match": json.dumps(str(row["version"]))},
        )
    assert gone.is_success, gone.text

    async def nothing_left() -> bool:
        found = await statuses(platform, walk, token)
        return {status for service, (status, _) in found.items() if service != "registry"} == {403}

    await eventually(nothing_left, 5.0)


def test_an_associations_system_signs_in_by_itself_and_becomes_a_machine_member(platform: SignedInPlatform) -> None:
    """client_credentials: the admin hands a code over, the machine shows it under a token of its own, once."""
    with new_walk(platform) as walk:
        organisation.organisation_is_registered_and_verified(walk)
        admin, path = walk.people.organisation_admin, f"/organisations/{walk.organisation_id}/machines"
        machine = Person("Fachverfahren (Demo)", "", subject=platform.realm.machine().subject)
        machine.holds(platform.realm.machine().access_token)
        source = {"source": f"demo_{walk.people.suffix}", "name": "Fachverfahren (Demo)"}
        added = walk.calls.post(admin, "registry", path, source, expected=201).json
        code = walk.calls.post(admin, "registry", f"{path}/{added['machine_id']}/code").json["code"]
        before = walk.calls.get(machine, "registry", "/me").json
        assert before["subject_id"] is None
        bound = walk.calls.post(machine, "registry", "/machines/binding", {"code": code}).json
        assert [(each["role"], each["organisation_id"]) for each in bound["memberships"]] == [
            ("integration", walk.organisation_id)
        ]
        (row,) = platform.rows(
            "SELECT issuer, subject FROM registry.members WHERE subject_id = %s", bound["subject_id"]
        )
        assert (row["issuer"], row["subject"]) == (platform.realm.issuer, machine.subject)
        # Tomorrow's token is another one; the machine is the same.
        machine.holds(platform.realm.machine().access_token)
        assert walk.calls.get(machine, "registry", "/me").json["subject_id"] == bound["subject_id"]
