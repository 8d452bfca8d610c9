"""Volunteers sign in by mailed links; refresh tokens rotate, and stolen ones end the sign-in."""

import asyncio
from datetime import timedelta

import jwt

from tests.integration.registry.platform import REGISTRATION, Registry


async def test_a_mailed_link_signs_in_once(registry: Registry) -> None:
    person, _ = await registry.volunteer()
    assert person.subject_id is not None
    await registry.post("/sign-in", None, {"mail": REGISTRATION["mail"]})
    asked = await registry.last("sign-in-requested")
    body = {"token": registry.link("sign-in", asked["volunteer_id"], asked["sign_in_id"])}
    first = await registry.post("/sign-in/redemption", None, body)
    assert first.json()["volunteer_id"] == str(person.subject_id)
    assert (await registry.post("/sign-in/redemption", None, body)).json()["code"] == "link-used"
    registry.clock.advance(timedelta(days=2))
    late = {"token": body["token"]}
    assert (await registry.post("/sign-in/redemption", None, late)).json()["code"] == "link-expired"


async def test_the_access_token_is_short_lived_and_verified_by_published_keys(registry: Registry) -> None:
    _, tokens = await registry.volunteer()
    keys = (await registry.get("/.well-known/jwks.json")).json()["keys"]
    header = jwt.get_unverified_header(tokens["access_token"])
    claims = jwt.decode(tokens["access_token"], options={"verify_signature": False})
    assert header["kid"] in {key["kid"] for key in keys}
    assert all("d" not in key for key in keys)
    assert claims["exp"] - claims["iat"] == tokens["expires_in"] == 600
    assert set(claims) == {"iss", "aud", "sub", "iat", "exp", "jti"}


async def test_no_token_is_stored_in_clear(registry: Registry) -> None:
    _, tokens = await registry.volunteer()
    for table in ("refresh_tokens", "idempotency_keys", "token_families"):
        stored = await registry.value(f"SELECT coalesce(string_agg(t::text, ' '), '') FROM {table} AS t")
        assert stored
        for secret in (tokens["refresh_token"], tokens["access_token"]):
            assert secret not in stored
            assert secret.encode().hex() not in stored


async def test_refresh_tokens_rotate_and_a_second_use_ends_the_family(registry: Registry) -> None:
    _, tokens = await registry.volunteer()
    old = {"refresh_token": tokens["refresh_token"]}
    renewed = await registry.post("/tokens/refresh", None, old)
    assert renewed.status_code == 200
    fresh = {"refresh_token": renewed.json()["refresh_token"]}
    assert fresh != old
    stolen = await registry.post("/tokens/refresh", None, old)
    assert (stolen.status_code, stolen.json()["code"]) == (401, "refresh-token-invalid")
    assert (await registry.post("/tokens/refresh", None, fresh)).status_code == 401


async def test_the_same_request_may_come_again_when_its_answer_was_lost(registry: Registry) -> None:
    _, tokens = await registry.volunteer()
    old = {"refresh_token": tokens["refresh_token"]}
    first = await registry.post("/tokens/refresh", None, old, key="lost-answer")
    again = await registry.post("/tokens/refresh", None, old, key="lost-answer")
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json()["refresh_token"] != again.json()["refresh_token"]
    for answer in (first, again):
        body = {"refresh_token": answer.json()["refresh_token"]}
        assert (await registry.post("/tokens/refresh", None, body)).status_code == 200
    registry.clock.advance(timedelta(minutes=11))
    assert (await registry.post("/tokens/refresh", None, old, key="lost-answer")).status_code == 401


async def test_of_many_uses_at_once_one_renews_and_then_the_family_ends(registry: Registry) -> None:
    _, tokens = await registry.volunteer()
    old = {"refresh_token": tokens["refresh_token"]}
    answers = await asyncio.gather(*(registry.post("/tokens/refresh", None, old) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401, 401]
    (good,) = [answer for answer in answers if answer.status_code == 200]
    body = {"refresh_token": good.json()["refresh_token"]}
    assert (await registry.post("/tokens/refresh", None, body)).status_code == 401


async def test_refresh_tokens_end_and_are_pruned(registry: Registry) -> None:
    _, tokens = await registry.volunteer()
    registry.clock.advance(timedelta(days=31))
    body = {"refresh_token": tokens["refresh_token"]}
    assert (await registry.post("/tokens/refresh", None, body)).status_code == 401
    assert await registry.let_timer_run("prune-sign-ins") == 1
    registry.clock.advance(timedelta(days=150))
    assert await registry.let_timer_run("prune-sign-ins") == 1
    assert await registry.value("SELECT count(*) FROM token_families") == 0


async def test_who_am_i(registry: Registry) -> None:
    person, _ = await registry.volunteer()
    me = (await registry.get("/me", person)).json()
    assert me == {"kind": "volunteer", "subject_id": str(person.subject_id), "roles": []}
    assert (await registry.get("/me")).status_code == 401
