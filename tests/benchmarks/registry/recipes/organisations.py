"""Organisations: members, invitations, contacts, clearances, campaigns, groups, and volunteers as they see them."""

from typing import Any

from tests.benchmarks.registry.recipes.recipe import Recipe, Target, fixed

STATE = "'member-0' AS staff"
HOUSE = "SELECT organisation_id, version, admin AS staff, districts[1] AS district FROM houses"
BY_STATE = HOUSE.replace("admin AS staff", STATE)
BY_COORDINATOR = "SELECT organisation_id, coordinator AS staff, districts[1] AS district FROM houses"
DEALT_WITH = """
SELECT d.volunteer_id, d.organisation_id, d.coordinator AS staff, d.district, d.version, o.topic
FROM dealings AS d
CROSS JOIN LATERAL (SELECT topic FROM offers AS o WHERE o.organisation_id = d.organisation_id LIMIT 1) AS o
JOIN consents_held AS c ON c.volunteer_id = d.volunteer_id AND c.purpose = 'contact_by_organisations'
WHERE NOT EXISTS (SELECT FROM restrictions AS r WHERE r.subject_id = d.volunteer_id)
"""
OWN_CONTACTS = """
SELECT c.contact_id, c.version, c.organisation_id, h.admin AS staff, c.district, c.topic
FROM houses AS h JOIN contacts AS c USING (organisation_id)
"""
INVITATIONS = """
SELECT i.invitation_id, i.version, h.admin AS staff FROM houses AS h JOIN invitations AS i USING (organisation_id)
WHERE i.redeemed_at IS NULL
"""
COORDINATORS = """
SELECT s.subject_id, s.organisation_id, s.role, s.member_version AS version, h.admin AS staff, s.districts
FROM houses AS h JOIN staff AS s USING (organisation_id) WHERE s.role = 'coordinator'
"""
CLEARANCES = """
SELECT c.clearance_id, c.organisation_id, c.version, h.admin AS staff
FROM houses AS h JOIN clearances AS c USING (organisation_id)
"""
GROUPS = """
SELECT g.group_id, g.version, h.admin AS staff FROM houses AS h JOIN groups AS g USING (organisation_id)
WHERE g.agreed_at IS NULL
"""
CAMPAIGN = {
    "target": {"languages": ["uk"]},
    "starts_on": "2026-12-01",
    "ends_on": "2027-01-15",
    "texts": {"de": {"subject": "Ein Aufruf (Demo)", "paragraphs": ["Ein erfundener Aufruf."]}},
}
CAMPAIGNS = """
SELECT k.campaign_id, k.version, k.organisation_id, h.coordinator AS staff, h.districts[1] AS district
FROM houses AS h JOIN campaigns AS k USING (organisation_id)
"""


BOUNDARIES = """
SELECT b.boundary_id, b.version, h.organisation_id, h.coordinator AS staff
FROM houses AS h JOIN boundaries AS b ON b.district = h.districts[1]
    AND h.organisation_id IN (b.one_organisation_id, b.other_organisation_id)
"""

PROPOSED = f"{BOUNDARIES} WHERE b.status = 'proposed'"
BY_ADMIN = BOUNDARIES.replace("h.coordinator AS", "h.admin AS") + " WHERE b.status = '{}'"


def _as_side(target: Target, _: int) -> dict[str, Any]:
    return _side(target)


def _side(target: Target) -> dict[str, Any]:
    return {"organisation_id": str(target["organisation_id"])}


def _proposal(target: Target) -> dict[str, Any]:
    own = str(target["organisation_id"])
    tasks = [{"task": "Begleitung", "carried_by": "staff", "organisation_id": own}]
    return {"responsible_organisation_id": own, "tasks": tasks, "valid_until": "2027-12-31"}


def _campaign(target: Target, _: int) -> dict[str, Any]:
    return CAMPAIGN | {"target": {"districts": [target["district"]], "languages": ["uk"]}}


RECIPES = (
    Recipe("GET /.well-known/jwks.json"),
    Recipe("GET /districts"),
    Recipe("GET /places/{postal_code}", "SELECT postal_code FROM people"),
    Recipe("GET /me", "SELECT admin AS staff FROM houses"),
    Recipe("GET /organisations", f"SELECT districts[1] AS district, {STATE} FROM houses", "district={district}"),
    Recipe("GET /organisations/{organisation_id}", HOUSE),
    Recipe("GET /organisations/{organisation_id}/data-protection", HOUSE),
    Recipe(
        "POST /organisations",
        "SELECT 'somebody-new' AS staff, districts[1] AS district FROM houses",
        body=lambda target, number: {
            "name": f"Neuer Verein {number} (Demo)",
            "kind": "initiative",
            "districts": [target["district"]],
            "contact_name": "Neu Hier (Demo)",
            "contact_mail": "new@example.org",
        },
    ),
    Recipe(
        "PATCH /organisations/{organisation_id}",
        BY_STATE,
        body=fixed(name="Umbenannt (Demo)"),
    ),
    Recipe(
        "POST /organisations/{organisation_id}/verification",
        f"SELECT organisation_id, version, {STATE} FROM organisations WHERE status = 'registered' LIMIT 20",
    ),
    Recipe("POST /organisations/{organisation_id}/suspension", BY_STATE),
    Recipe("GET /organisations/{organisation_id}/members", HOUSE),
    Recipe(
        "POST /organisations/{organisation_id}/members",
        HOUSE,
        body=lambda target, number: {
            "name": "Neu Hier (Demo)",
            "mail": f"invited-{number}@example.org",
            "role": "coordinator",
            "districts": [target["district"]],
        },
    ),
    Recipe("GET /organisations/{organisation_id}/invitations", HOUSE),
    Recipe("POST /invitations/{invitation_id}/renewal", INVITATIONS),
    Recipe("DELETE /invitations/{invitation_id}", INVITATIONS),
    Recipe(
        "POST /invitations/redemption",
        INVITATIONS.replace("h.admin AS staff", "i.subject_id, 'newcomer' AS staff"),
        link=("invitation", "subject_id", "invitation_id"),
    ),
    Recipe(
        "GET /invitations/redemption",
        INVITATIONS.replace("h.admin AS staff", "i.subject_id"),
        "token={token}",
        link=("invitation", "subject_id", "invitation_id"),
    ),
    Recipe(
        "PUT /members/{subject_id}/memberships/{organisation_id}/{role}",
        COORDINATORS,
        body=lambda target, _: {"districts": list(target["districts"])[:1]},
    ),
    Recipe("DELETE /members/{subject_id}/memberships/{organisation_id}/{role}", COORDINATORS),
    Recipe("GET /topics"),
    Recipe(
        "POST /topics",
        f"SELECT {STATE}",
        body=lambda _, number: {"topic": f"topic_{number}", "german": "Thema", "english": "Topic"},
    ),
    Recipe(
        "PUT /topics/{topic}",
        f"SELECT topic, version, {STATE} FROM contact_topics",
        body=fixed(german="Thema", english="Topic"),
    ),
    Recipe("GET /contacts", "SELECT DISTINCT district FROM people", "district={district}"),
    # Ten, because the small registry has fewer contacts within reach of a place than fill a page.
    Recipe(
        "GET /contacts/search", "SELECT postal_code FROM people", "postal_code={postal_code}&topic=housing&limit=10"
    ),
    Recipe("GET /contacts/{contact_id}", OWN_CONTACTS.replace(", h.admin AS staff", "")),
    Recipe("GET /organisations/{organisation_id}/contacts", HOUSE),
    Recipe(
        "POST /contacts",
        HOUSE,
        body=lambda target, _: {
            "organisation_id": str(target["organisation_id"]),
            "district": target["district"],
            "topic": "housing",
            "languages": ["de"],
            "name": "Neu Hier (Demo)",
            "mail": "new.contact@example.org",
        },
    ),
    Recipe("PATCH /contacts/{contact_id}", OWN_CONTACTS, body=fixed(name="Umbenannt (Demo)", languages=["de", "uk"])),
    Recipe("POST /contacts/{contact_id}/confirmation", OWN_CONTACTS),
    Recipe("DELETE /contacts/{contact_id}", OWN_CONTACTS),
    Recipe(
        "GET /contacts/{contact_id}/volunteers",
        "SELECT c.contact_id, s.staff FROM houses AS h JOIN contacts AS c USING (organisation_id) "
        "JOIN staff AS s ON s.subject_id = c.subject_id AND s.role = 'coordinator'",
    ),
    Recipe("GET /needs", f"SELECT {STATE}, districts[1] AS district FROM houses", "district={district}"),
    Recipe("GET /volunteers", BY_COORDINATOR, "organisation_id={organisation_id}"),
    Recipe("GET /volunteers/{volunteer_id}/contact", DEALT_WITH),
    Recipe("GET /organisations/{organisation_id}/clearances", HOUSE),
    Recipe("GET /organisations/{organisation_id}/clearances/{clearance_id}", CLEARANCES),
    Recipe(
        "POST /organisations/{organisation_id}/clearances",
        DEALT_WITH,
        body=lambda target, _: {
            "volunteer_id": str(target["volunteer_id"]),
            "inspected_on": "2026-11-20",
            "certificate_date": "2026-11-01",
            "relevant_conviction": False,
            "legal_basis": "asylg_44",
            "kind_of_activity": target["topic"],
        },
    ),
    Recipe(
        "PUT /organisations/{organisation_id}/clearances/{clearance_id}",
        CLEARANCES,
        body=fixed(inspected_on="2026-11-20", certificate_date="2026-11-01", relevant_conviction=False),
    ),
    Recipe("DELETE /organisations/{organisation_id}/clearances/{clearance_id}", CLEARANCES),
    Recipe("GET /organisations/{organisation_id}/clearance-terms", HOUSE),
    Recipe(
        "PUT /organisations/{organisation_id}/clearance-terms",
        "SELECT h.organisation_id, coalesce(t.version, 1) AS version, h.admin AS staff "
        "FROM houses AS h LEFT JOIN clearance_terms AS t USING (organisation_id)",
        body=fixed(certificate_months=3),
    ),
    Recipe(
        "GET /organisations/{organisation_id}/clearance-letter",
        DEALT_WITH,
        "legal_basis=sgb8_72a&kind_of_activity={topic}&volunteer_id={volunteer_id}",
    ),
    Recipe("POST /groups/{group_id}/organisation/agreement", GROUPS),
    Recipe("GET /campaigns", BY_COORDINATOR, "organisation_id={organisation_id}"),
    Recipe(
        "POST /campaigns",
        "SELECT organisation_id, coordinator AS staff, districts[1] AS district FROM houses AS h WHERE NOT EXISTS "
        "(SELECT FROM campaigns AS k WHERE k.organisation_id = h.organisation_id)",
        body=lambda target, number: _campaign(target, number) | _side(target),
    ),
    Recipe("GET /campaigns/{campaign_id}", CAMPAIGNS),
    Recipe("PUT /campaigns/{campaign_id}", f"{CAMPAIGNS} WHERE k.status = 'draft'", body=_campaign),
    Recipe("POST /campaigns/{campaign_id}/submission", f"{CAMPAIGNS} WHERE k.status = 'draft'"),
    Recipe(
        "POST /campaigns/{campaign_id}/approval",
        f"{CAMPAIGNS} WHERE k.status = 'submitted'".replace("h.coordinator AS staff", "h.admin AS staff"),
    ),
    Recipe(
        "POST /campaigns/{campaign_id}/refusal",
        f"{CAMPAIGNS} WHERE k.status = 'submitted'".replace("h.coordinator AS staff", "h.admin AS staff"),
    ),
    Recipe("POST /campaigns/{campaign_id}/withdrawal", f"{CAMPAIGNS} WHERE k.status = 'called'"),
    Recipe("GET /boundaries", "SELECT districts[1] AS district FROM houses", "district={district}"),
    Recipe("GET /boundaries/{boundary_id}", BOUNDARIES),
    Recipe("GET /boundaries/{boundary_id}/revisions", BOUNDARIES),
    Recipe("GET /boundaries/{boundary_id}/comments", BOUNDARIES),
    Recipe("POST /boundaries/{boundary_id}/comments", PROPOSED, body=lambda t, _: _side(t) | {"text": "Ein Satz."}),
    Recipe("POST /boundaries/{boundary_id}/revisions", BOUNDARIES, body=lambda t, _: _side(t) | _proposal(t)),
    Recipe(
        "POST /boundaries/{boundary_id}/agreement",
        BY_ADMIN.format("proposed"),
        body=_as_side,
    ),
    Recipe("POST /boundaries/{boundary_id}/end", BY_ADMIN.format("agreed"), body=_as_side),
    Recipe(
        "POST /boundaries",
        """SELECT h.organisation_id, h.coordinator AS staff, h.districts[1] AS district, o.organisation_id AS other
        FROM houses AS h CROSS JOIN LATERAL (SELECT organisation_id FROM organisations AS o WHERE o.status = 'verified'
            AND o.organisation_id <> h.organisation_id AND o.districts @> ARRAY[h.districts[1]] LIMIT 1) AS o""",
        body=lambda t, _: (
            _side(t)
            | _proposal(t)
            | {"other_organisation_id": str(t["other"]), "district": t["district"], "kind_of_activity": "events"}
        ),
    ),
    Recipe("GET /districts/{district}/responsibilities", BY_STATE),
)
