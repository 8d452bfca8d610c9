"""What the registry's processes refuse to start with."""

import pytest
from pydantic import ValidationError

from services.registry.settings import RegistrySettings


def told(address: str) -> RegistrySettings:
    return RegistrySettings(
        postgres_dsn="postgresql://unused",
        kafka_bootstrap="unused:9092",
        http_port=0,
        staff_sign_in_url=address,
    )


@pytest.mark.parametrize(
    "address",
    [
        "https://portal.example/invitation#link={token}",
        "https://portal.example/invitation?x=1",
        "http://localhost:8000/invitation#{token}",
        "http://127.0.0.1/#{token}",
        "http://[::1]/#{token}",
    ],
)
def test_invited_staff_sign_in_where_nobody_sees_the_secret(address: str) -> None:
    assert told(address).staff_sign_in_url == address


@pytest.mark.parametrize(
    "address",
    [
        "http://portal.example/invitation#link={token}",
        "http://localhost@portal.example/#{token}",
        "http://localhost.portal.example/#{token}",
        "https://portal.example/invitation?link={token}",
        "https://portal.example/{token}#link={token}",
        "javascript:alert(1)#{token}",
    ],
)
def test_the_secret_of_an_invitation_goes_to_no_server(address: str) -> None:
    with pytest.raises(ValidationError, match="staff_sign_in_url"):
        told(address)
