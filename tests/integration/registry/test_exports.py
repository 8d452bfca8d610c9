"""What the registry holds of a person: JSON and a PDF in German or English, for them or for their privacy officer."""

from io import BytesIO
from typing import Any
from uuid import uuid4

from pypdf import PdfReader

from tests.integration.registry.calling import campaign, tell
from tests.integration.registry.inspecting import body, volunteer_of
from tests.integration.registry.platform import Person, Registry
from tests.integration.registry.test_duplicates import merge, twins, undo
from tests.integration.registry.test_person_requests import ask, officer


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)


async def export(registry: Registry, person: Person, **how: Any) -> Any:
    answer = await registry.get("/me/export", person, **how)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return answer


async def test_the_export_says_everything_and_what_the_law_wants_told_besides(registry: Registry) -> None:
    """Art. 15(1), 20 DSGVO."""
    person, _ = await registry.volunteer()
    found = (await export(registry, person)).json()
    assert found["address"]["mail"] == "demo.mensch@example.org"
    assert found["volunteer"]["languages"][1] == {"language": "uk", "level": "B1"}
    assert [each["purpose"] for each in found["consents"]] == ["processing"]
    assert found["is_complete"] is True
    assert any("Aufsichtsbehörde" in line for line in found["information"])


async def test_the_same_can_be_read_as_a_document_in_german_and_in_english(registry: Registry) -> None:
    """Art. 12(1) DSGVO: in clear and plain language."""
    person, _ = await registry.volunteer(name="Олена Їжакевич")
    german, english = (
        await export(registry, person, format="pdf"),
        await export(registry, person, format="pdf", language="en"),
    )
    assert german.headers["content-type"] == "application/pdf"
    assert "demo" not in german.headers["content-disposition"]
    assert "Олена Їжакевич" in text_of(german.content)
    for word, answer in (
        ("Einwilligungen", german),
        ("Ukrainisch", german),
        ("Kochen", german),
        ("Consents", english),
        ("Ukrainian", english),
    ):
        assert word in text_of(answer.content)
    other = await registry.get("/me/export", person, format="pdf", language="uk")
    assert (other.status_code, "de, en" in other.json()["detail"]) == (422, True), "it says in which there is one"
    by_header = await registry.client.get(
        "/me/export", headers={**person.headers, "Accept": "application/pdf", "Accept-Language": "en"}
    )
    assert "Consents" in text_of(by_header.content)


async def test_an_officer_sees_it_only_while_the_person_waits_for_an_answer_and_that_is_recorded(
    registry: Registry,
) -> None:
    """Art. 5(1)(b) DSGVO: for the purpose of answering, for nothing else."""
    watching = await officer(registry)
    person, _ = await registry.volunteer()
    path = f"/persons/{person.subject_id}/export"
    assert (await registry.get(path, watching)).json()["code"] == "no-open-request"
    await ask(registry, person, "access")
    assert (await registry.get(path, watching)).json()["address"]["name"] == "Demo Mensch"
    accesses = (await export(registry, person)).json()["accesses"]
    assert [(each["action"], each["organisations"]) for each in accesses] == [("exported", ["Demo-Verein Celle"])]
    assert str(watching.subject_id) not in str(accesses)


async def test_what_is_the_persons_alone_is_in_no_export_for_others(registry: Registry) -> None:
    """Art. 9, 10 DSGVO, § 72a(5) SGB VIII: a privacy officer answers letters, and is told nothing by what is missing."""
    watching, found = await officer(registry), await body(registry)
    person, plain = await volunteer_of(registry, found), await volunteer_of(registry, found, mail="plain@example.org")
    await tell(registry, person, "migration_experience", "yes")
    await found.inspected(person.subject_id, relevant_conviction=True)
    for target in ({"own_migration_experience": True}, {"age_bands": ["27-39"]}, {}):
        called = await campaign(registry, found, **target)
        async with registry.database.transaction() as tx:
            sql = "INSERT INTO campaign_calls (campaign_id, volunteer_id, due_at) VALUES ($1, $2, $3)"
            await tx.connection.execute(sql, called.campaign_id, person.subject_id, tx.now)
    own = (await export(registry, person)).json()
    alone = ("characteristics", "consents", "consents_held", "campaign_calls", "clearances")
    assert [len(own[name]) for name in alone] == [1, 2, 2, 3, 1]
    assert (own["only_for_the_person"], "angemeldet" in own["information"][0]) == ([], False)
    others = []
    for each in (person, plain):
        await ask(registry, each, "access")
        answer = await registry.get(f"/persons/{each.subject_id}/export", watching)
        assert "migration_experience" not in answer.text.replace("own_migration_experience", "")
        others.append(answer.json())
    assert [len(others[0][name]) for name in alone] == [0, 1, 1, 1, 0]
    assert all(each["only_for_the_person"] == list(alone) for each in others)
    assert all("wenn Sie angemeldet sind" in each["information"][0] for each in others)
    path = f"/persons/{person.subject_id}/export"
    printed = " ".join(text_of((await registry.get(path, watching, format="pdf", language="en")).content).split())
    assert "when you are signed in" in printed
    nothing = printed.partition("Nothing is stored")[2]
    assert nothing and "Optional characteristics" not in nothing


async def test_nobody_else_sees_it(registry: Registry) -> None:
    person, _ = await registry.volunteer()
    other, _ = await registry.volunteer(mail="other@example.org")
    state = await registry.state_admin()
    path = f"/persons/{person.subject_id}/export"
    assert [(await registry.get(path, by)).status_code for by in (other, state, None)] == [404, 404, 401]
    assert (await registry.get(f"/persons/{uuid4()}/export", other)).status_code == 404


async def test_a_merge_does_not_hand_out_what_the_other_one_said(registry: Registry) -> None:
    """Art. 15(4) DSGVO: the two may be two persons after all."""
    found = await body(registry)
    survivor, merged = await twins(registry, found)
    done = await merge(registry, found.coordinator, survivor)
    (told,) = (answer := await export(registry, survivor)).json()["merges"]
    assert told["organisation_id"] == str(found.organisation_id)
    assert set(told) == {"merged_at", "organisation_id", "undo_until", "undone_at"}
    printed = text_of((await export(registry, survivor, format="pdf")).content)
    for others in ("Schmitt", "a.schmitt@example.org", str(merged.subject_id)):
        assert others not in answer.text and others not in printed
    await undo(registry, found.coordinator, done)
    for person in (survivor, merged):
        (told,) = (await export(registry, person)).json()["merges"]
        assert told["undone_at"] is not None
