"""`make token`: whom it signs in, and that processes can check it."""

import json
from pathlib import Path

import jwt
import pytest

from deploy.local.credentials import load_or_make
from deploy.local.token import UnknownRole, issue, main, subject_of


@pytest.mark.parametrize(
    ("role", "district", "subject"),
    [
        ("coordinator", "03351", "demo-coordinator-03351"),
        ("district_admin", "03241", "demo-district_admin-03241"),
        ("state_admin", "", "demo-state_admin"),
        ("privacy_officer", "03351", "demo-privacy_officer"),
    ],
)
def test_the_subject_follows_from_role_and_district(role: str, district: str, subject: str) -> None:
    assert subject_of(role, district) == subject


@pytest.mark.parametrize(
    ("role", "district", "says"),
    [
        ("boss", "03351", "coordinator, trainer"),
        ("coordinator", "", "needs a district"),
        ("coordinator", "3351", "first five digits"),
        ("coordinator", "0335x", "first five digits"),
        ("coordinator", "٠٣٣٥١", "first five digits"),
    ],
)
def test_what_is_wrong_is_said(role: str, district: str, says: str) -> None:
    with pytest.raises(UnknownRole, match=says):
        subject_of(role, district)


def test_a_token_is_checked_with_the_issuers_public_keys(tmp_path: Path) -> None:
    credentials = load_or_make(tmp_path)
    token = issue(credentials, "demo-state_admin", hours=1)
    key = json.loads(credentials.issuer_jwks.read_text())["keys"][0]
    claims = jwt.decode(token, jwt.PyJWK(key), algorithms=["ES256"], audience="tandem")
    assert claims["sub"] == "demo-state_admin"
    assert claims["iss"] == "urn:tandem:development-issuer"
    assert claims["exp"] - claims["iat"] == 3600
    assert jwt.get_unverified_header(token)["kid"] == key["kid"]
    assert key["kid"].startswith("development-")
    assert "d" not in key


def test_only_the_token_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["token", "--sub", "somebody", "--home", str(tmp_path)])
    main()
    printed = capsys.readouterr()
    assert printed.out.count("\n") == 1
    assert jwt.decode(printed.out.strip(), options={"verify_signature": False})["sub"] == "somebody"
    assert printed.err == ""


def test_for_a_district_without_demo_people_there_is_no_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["token", "--role", "coordinator", "--home", str(tmp_path), "--district"]
    monkeypatch.setattr("sys.argv", [*arguments, "03351"])
    main()
    assert capsys.readouterr().out.count("\n") == 1
    monkeypatch.setattr("sys.argv", [*arguments, "03361"])
    with pytest.raises(SystemExit, match=r"03351 \(Celle\)"):
        main()
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(("arguments", "status"), [([], 0), (["--district", "03351"], 1)])
def test_without_a_role_the_roles_and_districts_are_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str], status: int
) -> None:
    monkeypatch.setattr("sys.argv", ["token", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    printed = capsys.readouterr()
    assert (ended.value.code, printed.out) == (status, "")
    assert "privacy_officer" in printed.err
    assert "03351 (Celle)" in printed.err


def test_credentials_are_made_once_and_only_for_their_owner(tmp_path: Path) -> None:
    first, second = load_or_make(tmp_path / "secrets"), load_or_make(tmp_path / "secrets")
    assert first == second
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    private = [file for file in (tmp_path / "secrets").iterdir() if not file.name.endswith(".jwks.json")]
    assert {file.stat().st_mode & 0o777 for file in private} == {0o600}
    assert len({file.read_text() for file in private}) == len(private)
