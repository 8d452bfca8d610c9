"""What stays of an erased person: proof without name or id, until its day."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

from services.registry.models.consents import Channel, Decision, Entry, Purpose
from services.registry.rules.retention import consent_proofs, request_proofs
from tests.unit.registry.test_requests import request

TODAY = date(2026, 3, 10)


def entry(volunteer_id: UUID, purpose: Purpose, decision: Decision = Decision.GIVEN) -> Entry:
    at = datetime(2026, 1, 2, tzinfo=UTC)
    return Entry(volunteer_id, purpose, decision, "2026-01", "uk", Channel.WEB, at, uuid4(), uuid4())


def test_proof_of_consent_stays_until_claims_are_barred() -> None:
    """Art. 7(1) with Art. 17(3)(e) DSGVO; §§ 195, 199(1) BGB."""
    person = uuid4()
    ledger = [entry(person, Purpose.PROCESSING), entry(person, Purpose.PROCESSING, Decision.WITHDRAWN)]
    (proof,) = consent_proofs(ledger, TODAY, 3)
    assert proof.kind == "consent-proof" and proof.kept_until == date(2029, 12, 31)
    assert [each["decision"] for each in proof.content["decisions"]] == ["given", "withdrawn"]


def test_no_proof_says_what_is_specially_protected() -> None:
    """Art. 9 DSGVO: a purpose that itself tells of somebody's origin is not kept."""
    assert consent_proofs([entry(uuid4(), Purpose.MIGRATION_EXPERIENCE)], TODAY, 3) == []


def test_proof_of_answers_stays_until_a_fine_is_barred() -> None:
    """Art. 5(2), 12(3) with Art. 17(3)(e) DSGVO; § 31(2) No. 1 OWiG."""
    (proof,) = request_proofs([request(told="my neighbour Kim")], TODAY, 3)
    assert proof.kind == "request-proof" and proof.kept_until == date(2029, 12, 31)


def test_nothing_that_stays_leads_back_to_the_person() -> None:
    person = uuid4()
    asked = request(subject_id=person, told="my neighbour Kim", reference="12/2026")
    kept = [*consent_proofs([entry(person, Purpose.CAMPAIGNS)], TODAY, 3), *request_proofs([asked], TODAY, 3)]
    text = json.dumps([proof.content for proof in kept])
    for secret in (str(person), str(asked.request_id), "Kim", "12/2026"):
        assert secret not in text


def test_days_that_are_proved_are_days_in_germany() -> None:
    """Half past eleven in the evening of UTC is the next day there."""
    late = datetime(2026, 3, 15, 23, 30, tzinfo=UTC)
    (proof,) = request_proofs([request(closed_at=late)], TODAY, 3)
    assert proof.content["closed_on"] == "2026-03-16"
    (consent,) = consent_proofs([replace(entry(uuid4(), Purpose.PROCESSING), decided_at=late)], TODAY, 3)
    assert consent.content["decisions"][0]["on"] == "2026-03-16"
