"""The pages behind mailed links: looking does nothing, the button acts, nothing leaks."""

import re
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.registry.api import invitation_shown, page_rendering
from services.registry.api import page_notes as notes
from services.registry.api.page_texts import LANGUAGES
from shared.runtime.settings import Mode
from tests.integration.registry.inspecting import body
from tests.integration.registry.platform import Registry
from tests.integration.registry.test_contacts import publish


def fields(page: httpx.Response) -> dict[str, str]:
    return dict(re.findall(r'name="(\w+)" value="([^"]*)"', page.text))


async def press(registry: Registry, path: str, page: httpx.Response, **more: str) -> httpx.Response:
    action = re.search(r'action="([^"]+)"', page.text)
    assert action is not None
    target = path.rsplit("/", 1)[0] + "/" + action[1]
    return await registry.client.post(target, data=fields(page) | more)


@pytest.mark.parametrize(
    ("path", "german", "english"),
    [
        ("/volunteers/confirmation", "Anmeldung bestätigen", "Confirm registration"),
        ("/sign-in/redemption", "Anmelden", "Sign in"),
        ("/invitations/redemption", "Einladung annehmen", "Accept the invitation"),
    ],
)
async def test_a_page_speaks_the_readers_language_and_loads_nothing(
    registry: Registry, path: str, german: str, english: str
) -> None:
    token = registry.link("confirmation", UUID(int=1))
    for language, text in (("de", german), ("en", english)):
        page = await registry.client.get(path, params={"token": token}, headers={"Accept-Language": language})
        assert page.status_code == 200
        assert f'<html lang="{language}" dir="ltr">' in page.text
        assert text in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["cache-control"] == "no-store"
        assert not re.search(r"(src|href)=", page.text)


async def test_looking_at_the_page_confirms_nothing_the_button_does(registry: Registry) -> None:
    path = "/volunteers/confirmation"
    token = registry.link("confirmation", await registry.register())
    pages = [await registry.get(path, token=token) for _ in range(3)]
    assert await registry.announced("volunteer-registered") == []
    done = await press(registry, path, pages[0])
    assert done.status_code == 200
    assert "Vielen Dank" in done.text
    assert len(await registry.announced("volunteer-registered")) == 1
    assert (await press(registry, path, pages[0])).status_code == 200
    used = await press(registry, path, pages[1])
    assert used.status_code == 409
    assert "schon benutzt" in used.text
    assert "access" not in done.text


async def test_the_page_signs_in_and_accepts_invitations(registry: Registry) -> None:
    person, _ = await registry.volunteer()
    assert person.subject_id is not None
    page = await registry.get("/sign-in/redemption", token=registry.link("sign-in", person.subject_id))
    assert (await press(registry, "/sign-in/redemption", page)).status_code == 200
    assert await registry.value("SELECT count(*) FROM token_families") == 2

    state, admin = await registry.state_admin(), registry.staff("admin-1")
    organisation = await registry.organisation(admin, verified_by=state)
    await registry.invite(admin, organisation, "coordinator")
    asked = await registry.last("invitation-requested")
    token = registry.link("invitation", asked["subject_id"], asked["invitation_id"])
    page = await registry.get("/invitations/redemption", token=token)
    wrong = await press(registry, "/invitations/redemption", page, access_token="x" * 40)
    assert wrong.status_code == 401
    coordinator = registry.staff("coordinator-1")
    done = await press(registry, "/invitations/redemption/page", wrong, access_token=coordinator.token)
    assert done.status_code == 200
    assert (await registry.get("/me", coordinator)).json()["subject_id"] == asked["subject_id"]


@pytest.mark.parametrize(
    "query", ["", "?token=", "?token=eyJhbGciOi", "?token=a%20b%20c%20d%20e%20f%20g%20h%20i%20j%20k"]
)
@pytest.mark.parametrize("path", ["/volunteers/confirmation", "/sign-in/redemption", "/invitations/redemption"])
async def test_whoever_opens_a_link_that_was_cut_reads_a_page(registry: Registry, path: str, query: str) -> None:
    page = await registry.client.get(path + query)
    assert page.status_code == 422
    assert page.headers["content-type"].startswith("text/html")
    assert "nicht vollständig" in page.text
    assert "<button" not in page.text


@pytest.mark.parametrize("entered", ["", "abc", "Zugangsschlüssel"])
async def test_a_mistyped_access_token_is_answered_with_a_page(registry: Registry, entered: str) -> None:
    token = await invited(registry)
    page = await registry.get("/invitations/redemption", token=token)
    answer = await press(registry, "/invitations/redemption", page, access_token=entered)
    assert answer.status_code == 401
    assert answer.headers["content-type"].startswith("text/html")
    assert "nicht geklappt" in answer.text
    # What is wrong with the link stays wrong, and there is nothing more to try.
    async with registry.database.transaction() as tx:
        await tx.connection.execute("DELETE FROM invitations")
    again = await press(registry, "/invitations/redemption/page", answer, access_token=registry.staff("somebody").token)
    assert (again.status_code, "<form" in again.text) == (422, False)


async def test_what_stands_in_the_address_is_not_executed(registry: Registry) -> None:
    page = await registry.get("/volunteers/confirmation", token='"><script>alert(1)</script>xxxxxxxx')
    assert page.status_code == 422 or "<script>" not in page.text


@pytest.mark.parametrize(("language", "direction"), [("de", "ltr"), ("en", "ltr"), ("uk", "ltr"), ("ar", "rtl")])
@pytest.mark.parametrize(
    "path", ["/volunteers/confirmation", "/volunteers/address", "/sign-in/redemption", "/invitations/redemption"]
)
async def test_a_page_speaks_the_language_of_its_mail_whatever_the_browser_says(
    registry: Registry, path: str, language: str, direction: str
) -> None:
    token = registry.link("confirmation", UUID(int=1), UUID(int=2))
    page = await registry.client.get(
        path, params={"token": token, "language": language}, headers={"Accept-Language": "fr, en;q=0.5"}
    )
    assert f'<html lang="{language}" dir="{direction}">' in page.text
    assert page.headers["content-language"] == language
    # And so does the answer, refused or not.
    answer = await press(registry, path, page, access_token="x" * 40)
    assert f'<html lang="{language}" dir="{direction}">' in answer.text


async def test_a_reason_that_nobody_translated_is_shown_as_english(registry: Registry) -> None:
    token = await invited(registry)
    page = await registry.get("/invitations/redemption", token=token, language="ar")
    answer = await press(registry, "/invitations/redemption", page, access_token="x" * 40)
    assert '<p lang="en" dir="ltr">' in answer.text


async def test_somebody_under_16_reads_what_is_missing(registry: Registry) -> None:
    born = registry.clock.today().replace(year=registry.clock.today().year - 15).isoformat()
    volunteer_id = await registry.register(birth_date=born)
    path = "/volunteers/confirmation"
    page = await registry.get(path, token=registry.link("confirmation", volunteer_id), language="uk")
    done = await press(registry, path, page)
    assert str(volunteer_id) in done.text and "законних представників" in done.text


async def invited(registry: Registry) -> str:
    """The secret of a link by which somebody is invited."""
    state, admin = await registry.state_admin(), registry.staff("admin-1")
    organisation = await registry.organisation(admin, verified_by=state)
    await registry.invite(admin, organisation, "coordinator")
    asked = await registry.last("invitation-requested")
    return registry.link("invitation", asked["subject_id"], asked["invitation_id"])


async def test_an_invitation_names_organisation_and_role_until_it_is_taken(registry: Registry) -> None:
    path, token = "/invitations/redemption", await invited(registry)
    name = await registry.value("SELECT o.name FROM organisations AS o JOIN invitations USING (organisation_id)")
    words = {"de": "Koordination", "en": "coordinator", "uk": "координація", "ar": "التنسيق"}
    for language, role in words.items():
        page = await registry.get(path, token=token, language=language)
        assert f"<bdi>{name}</bdi>" in page.text
        assert f"<bdi>{role}</bdi>" in page.text
    other = await registry.get(path, token=registry.link("invitation", UUID(int=1), UUID(int=2)))
    assert str(name) not in other.text
    await press(registry, path, page, access_token=registry.staff("coordinator-1").token)
    assert str(name) not in (await registry.get(path, token=token)).text


@pytest.mark.parametrize(
    ("told", "shown", "missing"),
    [
        ({}, "noch keine Anmeldeseite eingetragen", "make token"),
        ({"mode": Mode.LOCAL}, "make token SUB=", "noch keine Anmeldeseite"),
        (
            {"staff_sign_in_url": "https://portal.example/einladung?x=1&y=2#link={token}"},
            'href="https://portal.example/einladung?x=1&amp;y=2#link=ey',
            "noch keine Anmeldeseite",
        ),
    ],
)
async def test_an_invitation_says_how_to_sign_in(
    registry: Registry, told: dict[str, Any], shown: str, missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = registry.settings.model_copy(update=told)
    monkeypatch.setattr(invitation_shown, "settings_of", lambda _: settings)
    page = await registry.get("/invitations/redemption", token=await invited(registry), language="de")
    assert shown in page.text
    assert missing not in page.text
    assert 'name="access_token"' in page.text


@pytest.mark.parametrize(
    ("path", "language", "says"),
    [
        ("/volunteers/confirmation", "de", "nach 7 Tagen gelöscht"),
        ("/volunteers/confirmation", "en", "deleted after 7 days"),
        ("/volunteers/confirmation", "uk", "днів до видалення: 7"),
        ("/volunteers/confirmation", "ar", "المدة بالأيام: 7"),
        ("/volunteers/address", "de", "nach 48 Stunden vergessen"),
        ("/sign-in/redemption", "en", "30 minutes only"),
    ],
)
async def test_whoever_did_not_ask_reads_that_there_is_nothing_to_do(
    registry: Registry, path: str, language: str, says: str
) -> None:
    page = await registry.get(path, token=registry.link("confirmation", UUID(int=1)), language=language)
    assert says in page.text


async def test_every_page_leads_to_imprint_and_privacy_notice_where_they_are_told(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {"imprint_url": "https://land.example/impressum", "privacy_url": None}
    settings = registry.settings.model_copy(update=told)
    monkeypatch.setattr(page_rendering, "settings_of", lambda _: settings)
    whole = registry.link("confirmation", UUID(int=1))
    for path, token in (
        ("/volunteers/confirmation", whole),
        ("/sign-in/redemption", whole),
        ("/sign-in/redemption", ""),
    ):
        page = await registry.get(path, token=token, language="de")
        assert '<a href="https://land.example/impressum" rel="noreferrer">Impressum</a>' in page.text
        assert "Datenschutz" not in page.text


def test_every_note_stands_in_every_language_of_the_pages() -> None:
    tables = (*notes.NOT_ME.values(), *notes.ROLES.values(), notes.IMPRINT, notes.PRIVACY, notes.FOOTER, notes.ROLE)
    tables += (notes.ORGANISATION, notes.SIGN_IN, notes.BY_TOKEN, notes.NO_SIGN_IN, notes.LOCALLY)
    assert all(set(table) == set(LANGUAGES) for table in tables)


async def test_whoever_is_under_16_reads_who_in_their_district_records_the_guardians_consent(
    registry: Registry,
) -> None:
    """Art. 8 (2) DSGVO."""
    path, born = "/volunteers/confirmation", registry.clock.today().replace(year=registry.clock.today().year - 15)
    for mail, is_there in (("one@example.org", False), ("two@example.org", True)):
        if is_there:
            at = await body(registry)
            await publish(registry, at.admin, {"organisation_id": str(at.organisation_id)})
        volunteer_id = await registry.register(mail=mail, birth_date=born.isoformat())
        page = await registry.get(path, token=registry.link("confirmation", volunteer_id), language="de")
        done = await press(registry, path, page)
        assert (str(volunteer_id) in done.text, "Ihre Eltern" in done.text) == (True, True)
        assert not re.search(r"\b(du|dich|deine|eurem)\b", done.text, re.IGNORECASE)
        assert ("+49 5141 000000" in done.text, "/contacts/search" in done.text) == (is_there, not is_there)
