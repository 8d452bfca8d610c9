"""A real Keycloak for the test of staff sign-in: `start-dev`, its data in H2 files of its own, on a free port.

Its distribution comes through Maven like Kafka's jars. The first start of a home compiles its settings, which takes a
while; a restart finds them.
"""

import os
import secrets
import shutil
from pathlib import Path

import httpx

from deploy.local import maven
from deploy.local.folders import KEYCLOAK_DISTRIBUTION, REPOSITORY
from deploy.local.kafka import find_java
from tests.support.servers.ports import free_port
from tests.support.servers.process import Server

POM = REPOSITORY / "deploy" / "keycloak" / "pom.xml"
ADMIN_CLIENT = "test-administration"
_JVM = (
    "-Xms64m",
    "-Xmx384m",
    "-XX:MaxMetaspaceSize=256m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:+ExitOnOutOfMemoryError",
    "-Dfile.encoding=UTF-8",
    "-Djava.awt.headless=true",
)


class KeycloakServer(Server):
    """A running Keycloak; `ADMIN_CLIENT` administers it with `admin_secret`."""

    start_seconds = 400.0

    def __init__(self, home: Path, folder: Path, port: int) -> None:
        options = ["--http-host=127.0.0.1", f"--http-port={port}"]
        super().__init__(["/bin/sh", str(home / "bin" / "kc.sh"), "start-dev", *options], folder, port)
        self.url = f"http://127.0.0.1:{port}"
        self.admin_secret = secrets.token_urlsafe(24)
        self.process_environment = {
            "PATH": os.environ["PATH"],
            "JAVA": find_java(),
            "JAVA_OPTS": " ".join(_JVM),
            "KC_BOOTSTRAP_ADMIN_CLIENT_ID": ADMIN_CLIENT,
            "KC_BOOTSTRAP_ADMIN_CLIENT_SECRET": self.admin_secret,
        }

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/realms/master", timeout=5).is_success
        except httpx.TransportError:
            return False


def fetch(distribution: Path = KEYCLOAK_DISTRIBUTION) -> Path:
    """The unpacked distribution, fetched unless it is there."""
    maven.fetch(POM, distribution, maven.UNPACK, "Keycloak", "keycloak-*/bin/kc.sh")
    (home,) = distribution.glob("keycloak-*")
    return home


def start_keycloak(folder: Path, port: int | None = None) -> KeycloakServer:
    """Start a Keycloak whose data are in `folder`, on a free port unless told otherwise; returns when it answers."""
    home = folder / "home"
    # A copy: it writes compiled settings and its database below its own home.
    shutil.copytree(fetch(), home)
    server = KeycloakServer(home, folder, port or free_port())
    server.start()
    return server
