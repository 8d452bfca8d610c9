"""Where everything lies that running the platform makes: one folder, ignored by git."""

import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
TANDEM = Path(os.environ.get("TANDEM_HOME") or REPOSITORY / ".tandem")
KAFKA_LIBRARIES = REPOSITORY / ".tandem" / "kafka" / "libs"
"""Kafka's jars, shared by `make up` and the tests."""
KEYCLOAK_DISTRIBUTION = REPOSITORY / ".tandem" / "keycloak" / "distribution"
"""Keycloak as it was published, for the test of staff sign-in."""
