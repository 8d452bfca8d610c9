"""The mailbox: what was sent can be read, whatever was sent, and can do no harm."""

from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest

from deploy.local.mailbox.messages import Messages, split_links
from deploy.local.mailbox.web import application

LINK = "http://127.0.0.1:8101/links/abc?x=1&y=2"


def mail(subject: str = "Bestätigung", text: str = f"Bitte hier: {LINK}.\n", html: str | None = None) -> bytes:
    message = EmailMessage()
    message["From"] = "Tandem <tandem@demo.invalid>"
    message["To"] = "Someone <someone@demo.invalid>"
    message["Subject"] = subject
    message.set_content(text)
    if html is not None:
        message.add_alternative(html, subtype="html")
    return message.as_bytes(policy=message.policy.clone(linesep="\r\n"))


@pytest.fixture
def messages(tmp_path: Path) -> Messages:
    return Messages(tmp_path)


def browser(messages: Messages, host: str = "127.0.0.1") -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(application(messages)), base_url=f"http://{host}")


def test_the_newest_comes_first_and_an_address_finds_its_own(messages: Messages) -> None:
    first = messages.add("a@x", ["One@demo.invalid"], mail("first"))
    second = messages.add("a@x", ["two@demo.invalid", "one@demo.invalid"], mail("second"))
    messages.add("a@x", ["three@demo.invalid"], mail("third"))
    assert [summary.subject for summary in messages.newest_first()] == ["third", "second", "first"]
    assert messages.newest_first(to="ONE@demo.invalid") == [second, first]
    assert messages.newest_first(to="one@demo.invalid", after=first.id) == [second]


def test_mails_survive_a_restart(tmp_path: Path) -> None:
    kept = Messages(tmp_path).add("a@x", ["one@demo.invalid"], mail())
    assert Messages(tmp_path).newest_first() == [kept]


def test_the_oldest_go_when_there_are_too_many(tmp_path: Path) -> None:
    messages = Messages(tmp_path, kept_at_most=2)
    for subject in ("first", "second", "third"):
        messages.add("a@x", ["one@demo.invalid"], mail(subject))
    assert [summary.subject for summary in messages.newest_first()] == ["third", "second"]
    assert len(list(tmp_path.iterdir())) == 2


def test_links_end_where_they_end(messages: Messages) -> None:
    kept = messages.read(messages.add("a@x", ["one@demo.invalid"], mail(text=f"({LINK}), {LINK}! <{LINK}>")).id)
    assert kept is not None
    assert kept.links == [LINK]
    text = f"Hier: {LINK}. Ende"
    assert "".join(part for _, part in split_links(text)) == text


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no header at all \xff\xfe",
        b"Subject: =?x?q?=e4?=\r\nTo: <<>>,,,\r\nContent-Type: text/plain; charset=nonsense\r\n\r\nabc\xff",
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nbroken",
        b"From: \x00\r\nSubject: " + b"x" * 100_000 + b"\r\n\r\n",
    ],
)
async def test_a_malformed_mail_is_kept_and_shown(messages: Messages, content: bytes) -> None:
    kept = messages.add("", ["one@demo.invalid"], content)
    async with browser(messages) as pages:
        for path in ("/", f"/messages/{kept.id}", f"/messages/{kept.id}/html", f"/api/messages/{kept.id}"):
            assert (await pages.get(path)).status_code == 200


async def test_a_mail_cannot_bring_a_script_into_the_page(messages: Messages) -> None:
    script = "<script>alert(1)</script>"
    kept = messages.add("a@x", ["one@demo.invalid"], mail(script, f"{script} {LINK}", f"<p>{script}</p>"))
    async with browser(messages) as pages:
        page = await pages.get(f"/messages/{kept.id}")
        framed = await pages.get(f"/messages/{kept.id}/html")
    assert script not in page.text
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page.text
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert script in framed.text
    policy = framed.headers["content-security-policy"]
    assert policy.startswith("sandbox ")
    assert "allow-scripts" not in policy
    assert "default-src 'none'" in policy


@pytest.mark.parametrize(
    ("header", "attribute"),
    [("de", ' lang="de"'), ("uk", ' lang="uk"'), ("de, en", ""), ('"><script>', "")],
)
async def test_a_mail_is_read_aloud_in_its_own_language(messages: Messages, header: str, attribute: str) -> None:
    kept = messages.add("a@x", ["b@x"], f"Content-Language: {header}\r\n".encode() + mail())
    async with browser(messages) as client:
        page = (await client.get(f"/messages/{kept.id}")).text
    assert f'<div class="text" dir="auto"{attribute}>' in page


async def test_links_can_be_followed(messages: Messages) -> None:
    kept = messages.add("a@x", ["one@demo.invalid"], mail())
    async with browser(messages) as pages:
        page = await pages.get(f"/messages/{kept.id}")
    assert f'<a href="{LINK.replace("&", "&amp;")}" target="_blank" rel="noreferrer">' in page.text


async def test_another_site_reads_and_deletes_nothing(messages: Messages) -> None:
    messages.add("a@x", ["one@demo.invalid"], mail())
    async with browser(messages, host="evil.example") as elsewhere:
        assert (await elsewhere.get("/api/messages")).status_code == 400
    async with browser(messages) as pages:
        assert (await pages.post("/delete", headers={"sec-fetch-site": "cross-site"})).status_code == 403
        assert len((await pages.get("/api/messages")).json()) == 1
        assert (await pages.delete("/api/messages")).json() == {"deleted": 1}
        assert (await pages.get("/api/messages")).json() == []


async def test_what_is_not_there_is_not_found(messages: Messages) -> None:
    async with browser(messages) as pages:
        assert (await pages.get("/messages/nothing")).status_code == 404
        assert (await pages.get("/api/messages/../../secrets")).status_code == 404
