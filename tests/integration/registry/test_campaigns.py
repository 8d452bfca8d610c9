"""Campaigns: approved by somebody else, told to those who want it and to nobody twice, seen as counts from 5 up."""

import asyncio
import json
from datetime import timedelta
from typing import Any
from uuid import UUID

from services.registry.handlers.campaign_calls import call_volunteers
from tests.integration.registry.calling import (
    Campaign,
    campaign,
    planned,
    tell,
    volunteers,
)
from tests.integration.registry.inspecting import body
from tests.integration.registry.platform import CELLE, GIFHORN, Person, Registry


async def answer(registry: Registry, person: Person, found: Campaign, told: str) -> None:
    (call,) = [
        each
        for each in (await registry.get("/calls", person)).json()["items"]
        if each["campaign_id"] == str(found.campaign_id)
    ]
    path = f"/calls/{found.campaign_id}/answer"
    answered = await registry.send("PUT", path, person, {"answer": told}, version=call["version"])
    assert (answered.status_code, answered.json()["answer"]) == (200, told), answered.text


async def test_a_call_reaches_those_who_want_it_and_no_one_else(registry: Registry) -> None:
    wanting = await volunteers(registry, 2)
    await volunteers(registry, 1, consents=[])
    await volunteers(registry, 1, languages=[{"language": "fr", "level": "B1"}])
    await volunteers(registry, 1, postal_code="38518", district=GIFHORN)
    paused = (await volunteers(registry, 1))[0]
    await registry.send("PATCH", f"/volunteers/{paused.subject_id}", paused, {"paused": True}, version=1)
    found = await (await campaign(registry, languages=["uk", "ar"])).approved()
    assert sorted(await found.called()) == sorted(str(each.subject_id) for each in wanting)
    assert (await found.seen())["status"] == "called"
    assert await found.called() == []


async def test_own_migration_experience_counts_only_with_its_own_consent_art_9_dsgvo(registry: Registry) -> None:
    """Art. 9(2)(a) DSGVO: own consent, never derived from the languages that a person speaks."""
    told, withdrawn, silent = await volunteers(registry, 3)
    await tell(registry, told, "migration_experience", "yes")
    await tell(registry, withdrawn, "migration_experience", "yes")
    path = f"/volunteers/{withdrawn.subject_id}/consents/migration_experience/withdrawal"
    assert (await registry.post(path, withdrawn, {})).status_code == 200
    found = await campaign(registry, own_migration_experience=True)
    await found.step("submission", found.body.coordinator)
    await found.step("approval", await registry.state_admin())
    assert await found.called() == [str(told.subject_id)]
    path = f"/volunteers/{told.subject_id}/consents/migration_experience/withdrawal"
    assert (await registry.post(path, told, {})).status_code == 200
    # That somebody was called would tell of it; that one was called does not.
    assert await registry.value("SELECT count(*) FROM campaign_calls") == 0
    assert await registry.value("SELECT called FROM campaigns") == 1
    assert silent.subject_id is not None
    said = json.dumps([each.data for each in await registry.announced()])
    assert "migration" not in said


async def test_age_bands_are_those_that_people_have_told(registry: Registry) -> None:
    young, old, _ = await volunteers(registry, 3)
    await tell(registry, young, "age_band", "18-26")
    await tell(registry, old, "age_band", "60+")
    found = await campaign(registry, age_bands=["18-26", "27-39"])
    await found.step("submission", found.body.coordinator)
    await found.step("approval", await registry.state_admin())
    assert await found.called() == [str(young.subject_id)]


async def test_nobody_decides_on_their_own_campaign(registry: Registry) -> None:
    found = await campaign(registry)
    await found.step("submission", found.body.admin)
    own = await registry.post(f"{found.path}/approval", found.body.admin, version=found.version)
    assert (own.status_code, own.json()["code"]) == (403, "own-campaign")
    assert (await registry.post(f"{found.path}/approval", found.body.coordinator, version=2)).status_code == 403
    other = await body(registry, "other")
    assert (await registry.post(f"{found.path}/approval", other.admin, version=found.version)).status_code == 404
    assert (await found.step("approval", await registry.state_admin()))["status"] == "approved"


async def test_by_characteristics_only_the_state_administration_decides(registry: Registry) -> None:
    found = await campaign(registry, own_migration_experience=True)
    await found.step("submission", found.body.coordinator)
    refused = await registry.post(f"{found.path}/approval", found.body.admin, version=found.version)
    assert (refused.status_code, refused.json()["code"]) == (403, "campaign-for-state-admin")
    declined = await found.step("refusal", await registry.state_admin())
    assert declined["status"] == "declined"
    anew = planned(registry, found.body.organisation_id)
    anew.pop("organisation_id")
    changed = await registry.send("PUT", found.path, found.body.coordinator, anew, version=found.version)
    assert (changed.status_code, changed.json()["status"]) == (200, "draft")
    assert await found.called() == []


async def test_a_coordinator_calls_in_their_districts_for_a_verified_organisation(registry: Registry) -> None:
    found = await body(registry, "calling")
    elsewhere = planned(registry, found.organisation_id, districts=[CELLE, GIFHORN])
    not_covered = await registry.post("/campaigns", found.coordinator, elsewhere)
    assert (not_covered.status_code, not_covered.json()["code"]) == (422, "district-not-yours")
    assert not_covered.json()["details"]["districts"] == [CELLE]
    not_theirs = await registry.post("/campaigns", found.admin, elsewhere)
    assert (not_theirs.status_code, not_theirs.json()["code"]) == (422, "district-not-of-organisation")
    late = planned(registry, found.organisation_id, days=100)
    refused = await registry.post("/campaigns", found.admin, late)
    assert (refused.status_code, refused.json()["code"]) == (422, "campaign-period")
    volunteer, _ = await registry.volunteer()
    right = planned(registry, found.organisation_id)
    assert (await registry.post("/campaigns", volunteer, right)).status_code == 403
    nobody = await registry.post("/campaigns", found.admin, {**right, "texts": {"en": right["texts"]["de"]}})
    assert nobody.status_code == 422


async def test_the_campaigner_sees_counts_from_five_up_and_never_a_name(registry: Registry) -> None:
    people = await volunteers(registry, 4)
    few = await (await campaign(registry)).approved()
    assert len(await few.called()) == 4
    assert (await few.seen())["counts"] is None
    counts = await few.next_day()
    assert counts["called"] == {"at_least": None, "fewer_than": 5}
    people += await volunteers(registry, 12)
    many = await (await campaign(registry, few.body)).approved()
    assert len(await many.called()) == 16
    for each in people[:3]:
        await answer(registry, await again(registry, each), many, "interested")
    counts = await many.next_day()
    assert counts["called"]["at_least"] in (10, 15)
    assert counts["interested"] == counts["not_interested"] == {"at_least": None, "fewer_than": 5}
    everything = json.dumps(
        [(await registry.get(path, many.body.coordinator)).json() for path in ("/campaigns", many.path, few.path)]
    )
    assert not any(str(each.subject_id) in everything for each in people)


async def test_a_shown_count_does_not_move_with_single_answers(registry: Registry) -> None:
    people = await volunteers(registry, 12)
    found = await (await campaign(registry)).approved()
    await found.called()
    for each in people[:7]:
        await answer(registry, each, found, "interested")
    before = (await found.next_day())["interested"]
    for each in people[7:11]:
        registry.clock.advance(timedelta(hours=1))
        await answer(registry, await again(registry, each), found, "interested")
        assert (await found.seen())["counts"]["interested"] == before
    assert (await found.next_day())["interested"] == before
    await answer(registry, await again(registry, people[11]), found, "interested")
    assert (await found.next_day())["interested"]["at_least"] in (10, 5)


async def again(registry: Registry, person: Person) -> Person:
    """The same person, signed in anew: access tokens are short-lived."""
    assert person.subject_id is not None
    token = registry.link("sign-in", person.subject_id)
    signed_in = await registry.post("/sign-in/redemption", None, {"token": token})
    assert signed_in.status_code == 200, signed_in.text
    return Person(signed_in.json()["access_token"], person.subject_id)


async def test_a_volunteer_is_called_so_often_a_month_over_all_campaigns(registry: Registry) -> None:
    (person,) = await volunteers(registry, 1)
    first = await (await campaign(registry)).approved()
    assert len(await first.called()) == 1
    registry.clock.advance(timedelta(days=5))
    second = await (await campaign(registry, first.body)).approved()
    assert len(await second.called()) == 1
    registry.clock.advance(timedelta(days=10))
    third = await (await campaign(registry, first.body, days=40)).approved()
    assert await third.called() == []
    assert await registry.value("SELECT count(*) FROM campaign_calls WHERE called_at IS NULL") == 1
    registry.clock.advance(timedelta(days=16))
    before = len(await registry.announced("campaign-call-due"))
    assert await registry.let_timer_run("call-volunteers-later") == 1
    late = (await registry.announced("campaign-call-due"))[before:]
    assert [(each.key, each.data and each.data["campaign_id"]) for each in late] == [
        (str(person.subject_id), str(third.campaign_id))
    ]


async def test_two_callers_at_once_call_everybody_once(registry: Registry) -> None:
    people = await volunteers(registry, 6)
    one = await (await campaign(registry)).approved()
    other = await (await campaign(registry, one.body)).approved()
    await registry.let_timer_run("open-campaigns")
    await asyncio.gather(*(registry.let_timer_run("call-volunteers") for _ in range(4)))
    await registry.let_timer_run("call-volunteers")
    told = [(each.key, each.data["campaign_id"]) for each in await registry.announced("campaign-call-due") if each.data]
    assert sorted(told) == sorted(
        (str(person.subject_id), str(each.campaign_id)) for person in people for each in (one, other)
    )


async def test_a_step_that_dies_is_taken_again_and_tells_nobody_twice(registry: Registry) -> None:
    await volunteers(registry, 3)
    found = await (await campaign(registry)).approved()
    await registry.let_timer_run("open-campaigns")
    try:
        async with registry.database.transaction() as tx:
            await call_volunteers(tx, registry.settings)
            raise ConnectionResetError("killed before the commit")
    except ConnectionResetError:
        pass
    assert await registry.announced("campaign-call-due") == []
    assert len(await found.called()) == 3


async def test_whoever_withdraws_the_consent_is_called_no_more(registry: Registry) -> None:
    (person,) = await volunteers(registry, 1)
    path = f"/volunteers/{person.subject_id}/consents/campaigns/withdrawal"
    assert (await registry.post(path, person, {})).status_code == 200
    found = await (await campaign(registry)).approved()
    assert await found.called() == []


async def test_a_call_is_answered_through_the_mailed_link_once(registry: Registry) -> None:
    (person,) = await volunteers(registry, 1)
    assert person.subject_id is not None
    found = await (await campaign(registry)).approved()
    await found.called()
    link = registry.link("campaign-answer", person.subject_id, found.campaign_id)
    page = await registry.get("/calls/answer", token=link)
    assert page.status_code == 200
    for word in ("interested", "not_interested", "never"):
        assert f'value="{word}"' in page.text
    assert await registry.value("SELECT answer FROM campaign_calls") is None
    form = {"token": link, "idempotency_key": "12345678", "answer": "interested"}
    done = await registry.client.post("/calls/answer/page", data=form)
    assert done.status_code == 200, done.text
    assert await registry.value("SELECT answer FROM campaign_calls") == "interested"
    used = await registry.client.post("/calls/answer/page", data=form | {"idempotency_key": "87654321"})
    assert used.status_code == 409


async def test_calls_can_be_ended_for_good_by_the_mailed_link(registry: Registry) -> None:
    (person,) = await volunteers(registry, 1)
    assert person.subject_id is not None
    found = await (await campaign(registry)).approved()
    await found.called()
    link = registry.link("campaign-answer", person.subject_id, found.campaign_id)
    form = {"token": link, "idempotency_key": "12345678", "answer": "never"}
    assert (await registry.client.post("/calls/answer/page", data=form)).status_code == 200
    assert await registry.value("SELECT count(*) FROM consents_held WHERE purpose = 'campaigns'") == 0


async def test_the_link_of_somebody_who_was_erased_is_a_link_of_the_past(registry: Registry) -> None:
    (person,) = await volunteers(registry, 1)
    assert person.subject_id is not None
    found = await (await campaign(registry)).approved()
    await found.called()
    link = registry.link("campaign-answer", person.subject_id, found.campaign_id)
    assert (await registry.post(f"/volunteers/{person.subject_id}/erasure", person)).status_code == 202
    form = {"token": link, "idempotency_key": "12345678", "answer": "never"}
    late = await registry.client.post("/calls/answer/page", data=form)
    assert (late.status_code, "abgelaufen" in late.text) == (422, True), late.text


async def test_a_withdrawn_campaign_calls_nobody_and_is_answered_by_nobody(registry: Registry) -> None:
    (person,) = await volunteers(registry, 1)
    found = await (await campaign(registry)).approved()
    await found.called()
    await found.seen()
    await found.step("withdrawal", found.body.coordinator)
    assert (await registry.announced("campaign-closed"))[-1].key == str(found.campaign_id)
    late = await registry.send("PUT", f"/calls/{found.campaign_id}/answer", person, {"answer": "interested"}, version=1)
    assert (late.status_code, late.json()["code"]) == (409, "campaign-step-impossible")


async def test_a_suspended_organisation_calls_nobody(registry: Registry) -> None:
    await volunteers(registry, 1)
    found = await (await campaign(registry)).approved()
    path = f"/organisations/{found.body.organisation_id}"
    version = (await registry.get(path, await registry.state_admin())).json()["version"]
    assert (await registry.post(f"{path}/suspension", await registry.state_admin(), version=version)).status_code == 200
    assert await found.called() == []


async def test_only_so_many_campaigns_of_an_organisation_are_under_way(registry: Registry) -> None:
    found = await campaign(registry)
    for _ in range(registry.settings.campaigns_at_once):
        each = await campaign(registry, found.body)
        await each.step("submission", each.body.coordinator)
    refused = await registry.post(f"{found.path}/submission", found.body.coordinator, version=1)
    assert (refused.status_code, refused.json()["code"]) == (409, "too-many-campaigns")


async def test_an_erased_volunteer_leaves_counts_and_nothing_else(registry: Registry) -> None:
    people = await volunteers(registry, 2)
    found = await (await campaign(registry)).approved()
    await found.called()
    await answer(registry, people[0], found, "interested")
    export = (await registry.get("/me/export", people[0])).json()
    assert [each["answer"] for each in export["campaign_calls"]] == ["interested"]
    erased = await registry.post(f"/volunteers/{people[0].subject_id}/erasure", people[0])
    assert erased.status_code == 202, erased.text
    assert await registry.value("SELECT count(*) FROM campaign_calls") == 1
    assert await registry.value("SELECT interested FROM campaigns") == 1


async def test_who_was_called_is_forgotten_some_time_after_the_end(registry: Registry) -> None:
    await volunteers(registry, 1)
    found = await (await campaign(registry)).approved()
    await found.called()
    registry.clock.advance(timedelta(days=16))
    assert await registry.let_timer_run("end-campaigns") == 1
    assert (await found.seen())["status"] == "ended"
    assert await registry.let_timer_run("forget-campaigns") == 0
    registry.clock.advance(timedelta(days=90))
    assert await registry.let_timer_run("forget-campaigns") == 1
    registry.clock.advance(timedelta(days=400))
    assert await registry.let_timer_run("forget-campaigns") == 1
    last = (await registry.announced())[-1]
    assert (last.topic, last.key, last.data) == ("registry.campaigns", str(found.campaign_id), None)


def text_of(call: dict[str, Any]) -> tuple[str, str]:
    return call["language"], call["subject"]


async def test_a_call_is_shown_in_the_volunteers_language(registry: Registry) -> None:
    german, ukrainian = [*await volunteers(registry, 1), *await volunteers(registry, 1, language="uk")]
    found = await (await campaign(registry)).approved()
    await found.called()
    shown = [text_of((await registry.get("/calls", each)).json()["items"][0]) for each in (german, ukrainian)]
    assert shown == [("de", "Sprachcafé sucht Menschen"), ("uk", "Мовне кафе")]
    opened = (await registry.announced("campaign-opened"))[-1].data
    assert opened is not None
    assert set(opened) == {"campaign_id", "version", "organisation_id", "texts", "ends_at"}
    assert UUID(opened["campaign_id"]) == found.campaign_id
