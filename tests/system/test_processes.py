"""Every process on its own: health, metrics, documentation, a clean end, a new start, and wrong settings."""

import asyncio
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from uuid import uuid4

import asyncpg
import httpx

from deploy.local.folders import REPOSITORY
from deploy.local.journey.journey import walk_through
from deploy.postgres.provision import dsn_of
from shared.contracts.topics import SERVICES
from tests.support.waiting import eventually
from tests.system.people import staffed_organisation
from tests.system.platform import RunningPlatform
from tests.system.processes import ServiceProcess

CONFIGURATION_ERROR = 78
EXTERNAL = re.compile(r"""(?:src|href|url|action)\s*[=(:]\s*["']?\s*(?:https?:)?//(?!127\.0\.0\.1)""", re.IGNORECASE)


def test_every_process_tells_its_health_and_its_metrics(platform: RunningPlatform) -> None:
    for process in platform.processes.values():
        for path in ("/health/live", "/health/ready"):
            answer = httpx.get(process.url + path)
            assert answer.status_code == 200, f"{process.name} {path}: {answer.text}"
            assert answer.json()
        metrics = httpx.get(process.url + "/metrics").text
        wanted = "outbox_waiting" if process.kind == "worker" else "http_request"
        assert wanted in metrics, f"{process.name} does not tell {wanted}"
        assert "# HELP" in metrics


def test_the_documentation_of_every_api_needs_no_other_host(platform: RunningPlatform) -> None:
    for service in SERVICES:
        base = platform.api(service).url
        for path in ("/docs", "/redoc"):
            page = httpx.get(base + path)
            assert page.status_code == 200
            assert not EXTERNAL.search(page.text), EXTERNAL.search(page.text)
            for asset in re.findall(r"""(?:src|href)=["'](/[^"']+)["']""", page.text):
                assert httpx.get(base + asset).status_code == 200, f"{service} {asset}"
        document = httpx.get(base + "/openapi.json").json()
        assert document["openapi"].startswith("3.1")
        assert len(document["paths"]) > 3


def test_every_process_ends_when_it_is_asked_to_and_starts_again(platform: RunningPlatform) -> None:
    processes = list(platform.processes.values())
    with ThreadPoolExecutor(max_workers=len(processes)) as pool:
        statuses = dict(zip((p.name for p in processes), pool.map(ServiceProcess.end, processes), strict=True))
    assert statuses == dict.fromkeys(statuses, 0)
    platform.start_all(processes)
    assert all(process.is_ready() for process in processes)
    walk_through(platform.world)


async def test_a_request_under_way_is_finished_before_the_process_ends(platform: RunningPlatform) -> None:
    staff = await asyncio.to_thread(staffed_organisation, platform)
    trainer, course = staff.people.trainer, staff.course
    path = f"/courses/{course['course_id']}"
    api = platform.api("training")
    admin = await asyncpg.connect(
        dsn_of(platform.postgres.admin_dsn, "admin", platform.postgres.admin_password, platform.platform.database)
    )
    async with httpx.AsyncClient(timeout=30) as client:
        lock = admin.transaction()
        await lock.start()
        await admin.execute("SELECT 1 FROM training.courses WHERE course_id = $1 FOR UPDATE", course["course_id"])
        headers = {"Authorization": f"Bearer {trainer.token}", "If-Match": '"1"'}
        asked = asyncio.create_task(client.patch(api.url + path, json={"places": 12}, headers=headers))
        waits = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND usename = 'training_runtime'"
        await eventually(lambda: platform.rows(waits))
        ended = asyncio.create_task(asyncio.to_thread(api.end))
        await eventually(lambda: _refuses_connections(api))
        assert not asked.done()
        await lock.rollback()
        answer = await asked
        assert answer.status_code == 200, answer.text
        assert await ended == 0
    await admin.close()
    assert platform.rows("SELECT places FROM training.courses WHERE course_id = %s", course["course_id"]) == [
        {"places": 12}
    ]


def _refuses_connections(process: ServiceProcess) -> bool:
    try:
        httpx.get(process.url + "/health/live", timeout=1)
    except httpx.TransportError:
        return True
    return False


async def test_a_frozen_worker_holds_up_nobody_else_and_goes_on_when_it_wakes(platform: RunningPlatform) -> None:
    frozen = platform.worker("matching")
    frozen.pause()
    try:
        organisation_id = await _register_organisation(platform)
        await eventually(lambda: _knows(platform, "training", organisation_id))
        await eventually(lambda: _knows(platform, "notifications", organisation_id))
        assert not _knows(platform, "matching", organisation_id)
    finally:
        frozen.resume()
    await eventually(lambda: _knows(platform, "matching", organisation_id), timeout=30)


async def _register_organisation(platform: RunningPlatform) -> str:
    body = {
        "name": "Initiative Eiszeit (Demo)",
        "kind": "initiative",
        "districts": ["03351"],
        "contact_name": "Kim Eiszeit (Demo)",
        "contact_mail": "eiszeit@example.org",
    }
    headers = {"Authorization": f"Bearer {platform.staff_token('eiszeit')}", "Idempotency-Key": str(uuid4())}
    async with httpx.AsyncClient() as client:
        answer = await client.post(platform.api("registry").url + "/organisations", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["organisation_id"])


def _knows(platform: RunningPlatform, service: str, organisation_id: str) -> bool:
    return bool(platform.rows(f"SELECT 1 FROM {service}.organisations WHERE organisation_id = %s", organisation_id))


@dataclass(frozen=True)
class Wrong:
    """A process that is told something wrong. `names`: the setting that it has to name."""

    service: str
    kind: str
    names: str
    settings: dict[str, str] = field(default_factory=dict)
    without: str = ""


WRONG = (
    Wrong("registry", "api", "TANDEM_POSTGRES_DSN", without="TANDEM_POSTGRES_DSN"),
    Wrong("matching", "worker", "TANDEM_KAFKA_BOOTSTRAP", without="TANDEM_KAFKA_BOOTSTRAP"),
    Wrong("training", "api", "TANDEM_HTTP_PORT", {"TANDEM_HTTP_PORT": "many"}),
    Wrong("matching", "api", "TANDEM_ISSUERS", {"TANDEM_ISSUERS": "{not json"}),
    Wrong("matching", "worker", "TANDEM_KAFKA_USERNAME", without="TANDEM_KAFKA_USERNAME"),
    Wrong("notifications", "worker", "TANDEM_SMTP_URL", {"TANDEM_SMTP_URL": "http://secret-host.example"}),
    Wrong("registry", "api", "TANDEM_SIGNING_KEY_FILE", {"TANDEM_SIGNING_KEY_FILE": "/nowhere/key.pem"}),
    Wrong("training", "api", "TANDEM_ISSUERS", {"TANDEM_MODE": "production"}),
    Wrong("matching", "worker", "TANDEM_ISSUERS", {"TANDEM_MODE": "production"}),
    Wrong("notifications", "api", "TANDEM_SIGNING_KEY_FILE", {"TANDEM_MODE": "production", "TANDEM_ISSUERS": "[]"}),
)


def test_a_wrong_setting_ends_a_process_at_its_start_and_is_named(whole_platform: RunningPlatform) -> None:
    def run(wrong: Wrong) -> subprocess.CompletedProcess[str]:
        environment = whole_platform.platform.environment(wrong.service, wrong.kind) | wrong.settings
        environment.pop(wrong.without, None)
        return subprocess.run(
            [sys.executable, "-m", f"services.{wrong.service}", wrong.kind],
            cwd=REPOSITORY,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    with ThreadPoolExecutor(max_workers=2) as pool:
        for wrong, ended in zip(WRONG, pool.map(run, WRONG), strict=True):
            told = ended.stdout + ended.stderr
            assert ended.returncode == CONFIGURATION_ERROR, f"{wrong}: {ended.returncode} {told}"
            assert wrong.names in told, f"{wrong}: {told}"
            assert "Traceback" not in told
            assert "secret-host" not in told
            assert "postgresql://" not in told
