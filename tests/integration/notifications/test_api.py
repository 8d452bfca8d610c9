"""The HTTP face: own inbox, own preferences, own data; nobody else's."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import jwt
import orjson
import pytest

from services.notifications.app import build_api
from shared.access.keys import SigningKey, jwks_document, new_signing_key
from shared.contracts import matching, registry, training
from shared.contracts.vocabulary import OrganisationStatus
from shared.runtime.ids import new_id
from shared.runtime.settings import Issuer, IssuerKind
from tests.integration.notifications.conftest import Service
from tests.integration.notifications.events import everything, member, organisation, volunteer_contact
from tests.unit.notifications.builders import VOLUNTEER, an_event

STAFF, VOLUNTEERS = "https://sign-in.example", "urn:tandem:registry"


@dataclass(frozen=True)
class Client:
    """Requests as somebody."""

    http: httpx.AsyncClient
    key: SigningKey
    now: float

    def token(self, issuer: str, subject: str) -> dict[str, str]:
        claims = {"iss": issuer, "aud": "tandem", "sub": subject, "iat": int(self.now), "exp": int(self.now) + 600}
        signed = jwt.encode(claims, self.key.private, algorithm="ES256", headers={"kid": self.key.kid})
        return {"Authorization": f"Bearer {signed}"}

    def volunteer(self, subject_id: UUID = VOLUNTEER) -> dict[str, str]:
        return self.token(VOLUNTEERS, str(subject_id))

    def coordinator(self) -> dict[str, str]:
        return self.token(STAFF, "coordinator-1")


@pytest.fixture
async def client(service: Service, tmp_path: Path) -> AsyncIterator[Client]:
    key = new_signing_key()
    file = tmp_path / "issuers.json"
    file.write_bytes(orjson.dumps(jwks_document(key)))
    issuers = tuple(
        Issuer(issuer=issuer, audience="tandem", jwks=str(file), kind=kind)
        for issuer, kind in ((STAFF, IssuerKind.STAFF), (VOLUNTEERS, IssuerKind.VOLUNTEER))
    )
    app = build_api(service.settings.model_copy(update={"issuers": issuers}), service.clock, service.database)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://notifications") as http:
        yield Client(http, key, service.clock.now().timestamp())


def command(headers: dict[str, str], version: int | str) -> dict[str, str]:
    return {**headers, "Idempotency-Key": str(new_id()), "If-Match": f'"{version}"'}


async def test_the_inbox_is_read_in_pages_the_newest_first(service: Service, client: Client) -> None:
    await service.consume(*everything())
    for version in range(1, 6):
        await service.consume(an_event(matching.PlacementDeclined, version=version))
    await service.consume(an_event(training.TrainingCompleted))
    titles: list[str] = []
    following: dict[str, Any] = {"limit": 4}
    while True:
        page = (
            (await client.http.get("/messages", params=following, headers=client.volunteer())).raise_for_status().json()
        )
        titles += [item["title"] for item in page["items"]]
        if page["next"] is None:
            break
        following = {"limit": 4, "cursor": page["next"]}
    assert titles == ["Kurs abgeschlossen: Basisqualifizierung"] + ["Ihre Anfrage: Hausaufgabenhilfe in Celle"] * 5
    first = (await client.http.get("/messages", headers=client.volunteer())).json()["items"][1]
    assert first["kind"] == "placement-declined" and first["language"] == "de" and first["read_at"] is None
    assert set(first["about"]) == {"placement_id", "offer_id", "organisation_id"}
    assert "volunteer_id" not in str(first)


async def test_the_inbox_is_narrowed_and_a_file(service: Service, client: Client) -> None:
    await service.consume(*everything(), an_event(matching.PlacementDeclined), an_event(training.TrainingCompleted))
    headers = client.volunteer()
    (first, second) = (await client.http.get("/messages", headers=headers)).json()["items"]
    await client.http.post(f"/messages/{first['message_id']}/read", headers=command(headers, 1))
    narrowings: list[dict[str, str]] = [
        {"unread": "true"},
        {"kind": str(second["kind"])},
        {"sort": "message_id", "limit": "1"},
    ]
    for narrowed in narrowings:
        found = (await client.http.get("/messages", params=narrowed, headers=headers)).json()["items"]
        assert [each["message_id"] for each in found] == [second["message_id"]]
    file = await client.http.get("/messages", params={"format": "csv"}, headers=headers)
    assert file.headers["content-type"].startswith("text/csv")
    assert first["title"] in file.text and second["title"] in file.text


async def test_a_message_is_marked_as_read_once(service: Service, client: Client) -> None:
    await service.consume(*everything(), an_event(matching.PlacementDeclined))
    (message,) = (await client.http.get("/messages", headers=client.volunteer())).json()["items"]
    url = f"/messages/{message['message_id']}/read"
    read = await client.http.post(url, headers=command(client.volunteer(), 1))
    assert read.status_code == 200 and read.json()["read_at"] and read.headers["etag"] == '"2"'
    stale = await client.http.post(url, headers=command(client.volunteer(), 1))
    assert (stale.status_code, stale.json()["code"]) == (412, "version-mismatch")
    again = await client.http.post(url, headers=command(client.volunteer(), 2))
    assert again.json()["version"] == 2
    blind = await client.http.post(url, headers={**client.volunteer(), "Idempotency-Key": str(new_id())})
    assert blind.status_code == 428


async def test_somebody_elses_message_does_not_exist(service: Service, client: Client) -> None:
    await service.consume(*everything(), an_event(matching.PlacementDeclined))
    (message,) = (await client.http.get("/messages", headers=client.volunteer())).json()["items"]
    url = f"/messages/{message['message_id']}/read"
    for headers in (client.coordinator(), client.volunteer(new_id())):
        refused = await client.http.post(url, headers=command(headers, 1))
        assert (refused.status_code, refused.json()["code"]) == (404, "message-not-found")
    missing = await client.http.post(f"/messages/{new_id()}/read", headers=command(client.volunteer(), 1))
    assert missing.json()["code"] == "message-not-found"


async def test_a_coordinator_reads_of_volunteers_only_while_in_the_organisation(
    service: Service, client: Client
) -> None:
    await service.consume(*everything(), an_event(matching.PlacementConfirmed))
    (message,) = (await client.http.get("/messages", headers=client.coordinator())).json()["items"]
    assert "Kim Beispiel" in message["text"] and message["language"] == "en"
    for version, status in ((2, OrganisationStatus.SUSPENDED), (3, OrganisationStatus.VERIFIED)):
        await service.consume(organisation(registry.OrganisationUpdated, version=version, status=status))
        (message,) = (await client.http.get("/messages", headers=client.coordinator())).json()["items"]
        assert ("Kim" in message["text"]) is (status is OrganisationStatus.VERIFIED)
    await service.consume(member(new_id(), version=2))
    (message,) = (await client.http.get("/messages", headers=client.coordinator())).json()["items"]
    assert "Kim" not in message["text"] and "kim@" not in message["text"]


async def test_preferences_change_by_version(client: Client) -> None:
    mine = client.volunteer()
    before = await client.http.get("/preferences", headers=mine)
    assert before.json() == {"suggestions_by_mail": True, "version": 1} and before.headers["etag"] == '"1"'
    changed = await client.http.patch(
        "/preferences", json={"suggestions_by_mail": False}, headers={**mine, "If-Match": '"1"'}
    )
    assert changed.json() == {"suggestions_by_mail": False, "version": 2}
    assert (await client.http.get("/preferences", headers=mine)).json() == {"suggestions_by_mail": False, "version": 2}
    for version, status in ((1, 412), (7, 412), (2, 200)):
        answer = await client.http.patch(
            "/preferences", json={"suggestions_by_mail": True}, headers={**mine, "If-Match": f'"{version}"'}
        )
        assert answer.status_code == status
    assert (
        await client.http.patch("/preferences", json={"suggestions_by_mail": True}, headers=mine)
    ).status_code == 428
    nobody = await client.http.patch(
        "/preferences", json={"suggestions_by_mail": True}, headers={**client.volunteer(new_id()), "If-Match": '"2"'}
    )
    assert nobody.status_code == 412, "who has none yet is at version 1"


@pytest.mark.parametrize(
    "body", [{}, {"suggestions_by_mail": "no"}, {"suggestions_by_mail": 1}, {"suggestions_by_mail": True, "x": 1}]
)
async def test_wrong_preferences_change_nothing(client: Client, body: dict[str, Any]) -> None:
    answer = await client.http.patch("/preferences", json=body, headers={**client.volunteer(), "If-Match": '"1"'})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-input")
    assert (await client.http.get("/preferences", headers=client.volunteer())).json()["version"] == 1


async def test_everything_about_oneself_can_be_exported(service: Service, client: Client) -> None:
    await service.consume(
        *everything(), volunteer_contact(name="Kim Neu", version=2), an_event(matching.PlacementConfirmed)
    )
    await service.postman().step()
    found = (await client.http.get("/me/export", headers=client.volunteer())).raise_for_status().json()
    assert found["service"] == "notifications" and found["is_complete"] is True
    assert found["contact"] == {"name": "Kim Neu", "mail": "kim@example.org", "language": "de"}
    assert [item["kind"] for item in found["messages"]] == ["placement-confirmed-volunteer"]
    assert [(item["mail"], item["status"]) for item in found["mails"]] == [("placement-confirmed-volunteer", "sent")]
    same = await client.http.get(f"/persons/{VOLUNTEER}/export", headers=client.volunteer())
    assert same.json() == found
    for headers in (client.coordinator(), client.volunteer(new_id())):
        refused = await client.http.get(f"/persons/{VOLUNTEER}/export", headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (404, "person-not-found")
    own = (await client.http.get("/me/export", headers=client.coordinator())).json()
    assert own["contact"]["mail"] == "toni@example.org" and own["messages"]


async def test_nothing_is_shown_without_signing_in(client: Client) -> None:
    for path in ("/messages", "/preferences", "/me/export", f"/persons/{VOLUNTEER}/export"):
        answer = await client.http.get(path)
        assert (answer.status_code, answer.json()["code"]) == (401, "token-missing")


async def test_the_public_keys_of_links_are_published_and_nothing_private(client: Client) -> None:
    document = (await client.http.get("/.well-known/jwks.json")).raise_for_status().json()
    (key,) = document["keys"]
    assert key["alg"] == "ES256" and "d" not in key
