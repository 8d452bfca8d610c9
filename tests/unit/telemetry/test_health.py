"""Health says what holds, in words of ours, and never waits for ever."""

import asyncio

import httpx

from shared.telemetry.health import Health, health_app
from shared.telemetry.metrics import Metrics


async def get(health: Health, path: str, metrics: Metrics | None = None) -> httpx.Response:
    transport = httpx.ASGITransport(health_app(health, metrics or Metrics()))
    async with httpx.AsyncClient(transport=transport, base_url="http://worker") as client:
        return await client.get(path)


async def test_ready_when_every_check_holds() -> None:
    health = Health()
    health.ready("database", lambda: (True, "ok"))

    async def caught_up() -> tuple[bool, str]:
        return True, "caught-up"

    health.ready("consumer", caught_up)
    answer = await get(health, "/health/ready")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "checks": {"database": "ok", "consumer": "caught-up"}}


async def test_one_check_that_does_not_hold_is_enough() -> None:
    health = Health()
    health.ready("database", lambda: (True, "ok"))
    health.ready("consumer", lambda: (False, "behind"))
    answer = await get(health, "/health/ready")
    assert answer.status_code == 503
    assert answer.json()["checks"]["consumer"] == "behind"
    assert (await get(health, "/health/live")).status_code == 200


async def test_a_check_that_fails_or_hangs_does_not_hold_and_tells_no_secret() -> None:
    async def hangs() -> tuple[bool, str]:
        await asyncio.Event().wait()
        return True, "never"

    def fails() -> tuple[bool, str]:
        raise RuntimeError("postgresql://matching:secret@db")

    health = Health(seconds_at_most=0.05)
    health.live("relay", hangs)
    health.live("timers", fails)
    answer = await get(health, "/health/live")
    assert answer.status_code == 503
    assert answer.json()["checks"] == {"relay": "no-answer", "timers": "failed"}


async def test_metrics_are_prometheus_text() -> None:
    metrics = Metrics()
    metrics.dead_letters.labels("matching.offers", "bad-data").set(2)
    answer = await get(Health(), "/metrics", metrics)
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'tandem_dead_letters{reason="bad-data",topic="matching.offers"} 2.0' in answer.text


def test_each_process_has_its_own_metrics() -> None:
    first, second = Metrics(), Metrics()
    first.relay_active.set(1)
    assert b"tandem_relay_active 1.0" in first.exposition()
    assert b"tandem_relay_active 0.0" in second.exposition()
