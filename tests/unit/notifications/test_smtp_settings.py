"""Where mails are handed over: the setting, and what is wrong with it in one line that never repeats it."""

import pytest

from services.notifications.settings import NotificationsSettings
from services.notifications.smtp import SmtpServer, SmtpUrlError, parse_smtp_url
from shared.runtime.settings import ConfigurationError, load


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://127.0.0.1:8126", SmtpServer("127.0.0.1", 8126, None, None, False, False)),
        ("smtp://mail.example.org", SmtpServer("mail.example.org", 25, None, None, False, False)),
        ("smtps://mail.example.org", SmtpServer("mail.example.org", 465, None, None, True, False)),
        (
            "smtp://us%40er:p%2Fw@mail.example.org:587?starttls=1",
            SmtpServer("mail.example.org", 587, "us@er", "p/w", False, True),
        ),
        ("smtp://[::1]:2525/", SmtpServer("::1", 2525, None, None, False, False)),
    ],
)
def test_the_url_names_server_user_and_encryption(url: str, server: SmtpServer) -> None:
    assert parse_smtp_url(url) == server


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.example.org",
        "http://mail.example.org",
        "smtp://",
        "smtp://h:99999",
        "smtp://h/path",
        "smtp://h?tls=1",
        "smtp://h?starttls=yes",
    ],
)
def test_a_url_that_cannot_be_understood_is_refused(url: str) -> None:
    with pytest.raises(SmtpUrlError):
        parse_smtp_url(url)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TANDEM_SMTP_URL", "smtp://user:geheim@mail.example.org"),
        ("TANDEM_SMTP_URL", "ftp://geheim"),
        ("TANDEM_MAIL_FROM", "geheim"),
        ("TANDEM_DELIVERY_LEASE_SECONDS", "1"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_its_name_and_without_its_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    for known, good in (
        ("TANDEM_POSTGRES_DSN", "postgresql://x"),
        ("TANDEM_KAFKA_BOOTSTRAP", "127.0.0.1:1"),
        ("TANDEM_HTTP_PORT", "0"),
        (name, value),
    ):
        monkeypatch.setenv(known, good)
    with pytest.raises(ConfigurationError) as error:
        load(NotificationsSettings)
    assert name in str(error.value) and "geheim" not in str(error.value)
