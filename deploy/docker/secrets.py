"""Makes every password and development key once, and hands each container only its own (`python -m deploy.docker.secrets`).

Each folder below is a volume of its own. A container mounts one of them, read-only, so the folder says who may read:
files are named like the settings they hold, as `TANDEM_SECRETS_DIR` wants them.
"""

import argparse
import shutil
from pathlib import Path

from deploy.local import kafka
from deploy.local.credentials import SIGNING_SERVICES, Credentials, load_or_make
from deploy.local.kafka import KafkaPorts
from deploy.postgres.provision import dsn_of, owner_of, runtime_of
from shared.contracts.topics import SERVICES

POSTGRES_HOST = "postgres:5432"
KAFKA_HOST, KAFKA_PORTS = "kafka", KafkaPorts(9092, 9093)
KAFKA_DATA = Path("/var/lib/kafka/data")
_OURS, _ANYBODYS = 0o400, 0o444


def hand_out(root: Path) -> None:
    """Fill the folders below `root`; what is there already stays the same."""
    credentials = load_or_make(root / "all")
    admin_dsn = f"postgresql://{kafka.ADMIN}:{credentials.postgres_admin}@{POSTGRES_HOST}/postgres"
    _write(root / "all" / "tandem_postgres_admin_dsn", admin_dsn, _OURS)
    _write(root / "all" / "tandem_kafka_password", credentials.kafka[kafka.ADMIN], _OURS)
    # Other images have other users; only their own volume holds these.
    _write(root / "postgres" / "password", credentials.postgres_admin, _ANYBODYS)
    _hand_out_to_kafka(root / "kafka", credentials)
    for service in SERVICES:
        _hand_out_to(service, root / service, credentials, admin_dsn)
        _hand_out_to(service, root / f"{service}-owner", credentials, admin_dsn)
        password = credentials.postgres_roles[service].owner
        owner_dsn = dsn_of(admin_dsn, owner_of(service), password)
        _write(root / f"{service}-owner" / "tandem_postgres_owner_dsn", owner_dsn, _OURS)


def _hand_out_to_kafka(folder: Path, credentials: Credentials) -> None:
    settings = kafka.settings(KAFKA_PORTS, credentials.kafka, KAFKA_DATA, listens_on="0.0.0.0", reached_as=KAFKA_HOST)
    _write(folder / "server.properties", settings, _ANYBODYS)
    if not (folder / "cluster-id").exists():
        _write(folder / "cluster-id", kafka.new_cluster_id(), _ANYBODYS)


def _hand_out_to(service: str, folder: Path, credentials: Credentials, admin_dsn: str) -> None:
    password = credentials.postgres_roles[service].runtime
    _write(folder / "tandem_postgres_dsn", dsn_of(admin_dsn, runtime_of(service), password), _OURS)
    _write(folder / "tandem_kafka_password", credentials.kafka[service], _OURS)
    if service == "registry":
        _write(folder / "tandem_suppression_key", credentials.suppression_key, _OURS)
    shutil.copyfile(credentials.issuer_jwks, folder / credentials.issuer_jwks.name)
    if service in SIGNING_SERVICES:
        key = credentials.signing_key(service)
        _write(folder / key.name, key.read_text(), _OURS)


def _write(file: Path, text: str, mode: int) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    file.touch(mode=0o600)
    file.write_text(text)
    file.chmod(mode)


def main() -> None:
    """Hand out below /secrets."""
    parser = argparse.ArgumentParser(prog="python -m deploy.docker.secrets", description=__doc__)
    parser.add_argument("--root", type=Path, default=Path("/secrets"))
    hand_out(parser.parse_args().root)


if __name__ == "__main__":
    main()
