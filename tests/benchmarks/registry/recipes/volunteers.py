"""Volunteers themselves: registration, sign-in, profile, consents, their contact, their groups, calls."""

from tests.benchmarks.registry.recipes.recipe import Recipe, fixed

TEXT = "2026-01"
CONFIRMED = "FROM people WHERE status = 'confirmed'"
ONESELF = f"SELECT volunteer_id, version, volunteer_id AS volunteer {CONFIRMED}"
PROFILE = {
    "name": "Neu Hier (Demo)",
    "postal_code": "29221",
    "languages": [{"language": "de", "level": "B2"}],
    "wishes": ["homework"],
    "availability": [{"day": "tuesday", "part": "afternoon"}],
}
UNCONFIRMED = """
SELECT p.volunteer_id FROM people AS p JOIN volunteer_contacts AS c USING (volunteer_id)
WHERE p.status = 'unconfirmed' AND c.mail IS NOT NULL AND p.age_reached = 18
"""
SPEAKER = """
SELECT g.group_id, g.version, m.volunteer_id AS volunteer, o.volunteer_id AS other, h.organisation_id
FROM people AS p JOIN group_members AS m ON m.volunteer_id = p.volunteer_id AND m.is_speaker
JOIN groups AS g USING (group_id)
JOIN group_members AS o ON o.group_id = g.group_id AND NOT o.is_speaker
CROSS JOIN LATERAL (SELECT organisation_id FROM houses WHERE kind IN ('initiative', 'migrant_organisation') LIMIT 1) AS h
"""
INVITED = """
SELECT i.invitation_id, i.volunteer_id AS volunteer FROM people AS p JOIN group_invitations AS i USING (volunteer_id)
"""
CALLED = """
SELECT c.campaign_id, c.version, c.volunteer_id AS volunteer
FROM people AS p JOIN campaign_calls AS c USING (volunteer_id) JOIN campaigns AS k USING (campaign_id)
WHERE c.called_at IS NOT NULL AND k.status = 'called'
"""
SUPPORT = """
SELECT r.request_id, r.volunteer_id AS volunteer FROM people AS p JOIN support_requests AS r USING (volunteer_id)
WHERE r.status <> 'closed'
"""

LOOKED_AFTER = """
SELECT volunteer_id AS volunteer FROM people JOIN own_contacts USING (volunteer_id)
JOIN organisations AS o USING (organisation_id) WHERE o.status = 'verified'
"""
MOVING = "SELECT a.volunteer_id, a.change_id FROM people JOIN address_changes AS a USING (volunteer_id)"
ON_PAPER = {"text_version": TEXT, "language": "de", "channel": "paper"}
YOUNG = """
SELECT v.volunteer_id, s.staff FROM volunteers AS v
JOIN LATERAL (SELECT staff FROM staff AS s WHERE s.organisation_id = v.registered_by AND s.role = 'coordinator'
    AND s.districts @> ARRAY[v.district] LIMIT 1) AS s ON true
WHERE v.age_reached = 14 AND v.status = 'confirmed'
"""


def _consent(purpose: str) -> dict[str, str]:
    return {"purpose": purpose, "text_version": TEXT, "language": "de"}


RECIPES = (
    Recipe("GET /vocabularies/{name}", "SELECT 'skills' AS name"),
    Recipe("GET /consent-texts"),
    Recipe("GET /undertaking-text"),
    Recipe(
        "POST /volunteers",
        body=lambda _, number: (
            PROFILE | {"mail": f"new-{number}@example.org", "consent": True, "consent_text_version": TEXT}
        ),
    ),
    Recipe("POST /volunteers/confirmation", UNCONFIRMED, link=("confirmation", "volunteer_id", None)),
    Recipe(
        "POST /organisations/{organisation_id}/volunteers",
        "SELECT organisation_id, coordinator AS staff, districts[1] AS district, "
        "(SELECT postal_code FROM places AS p WHERE p.districts @> ARRAY[h.districts[1]] LIMIT 1) AS postal_code "
        "FROM houses AS h",
        body=lambda target, number: (
            PROFILE
            | {
                "mail": f"somebody-{number}@example.org",
                "postal_code": target["postal_code"],
                "consent": {"text_version": TEXT, "language": "de", "channel": "paper"},
            }
        ),
    ),
    Recipe(
        "POST /sign-in",
        f"SELECT c.mail {CONFIRMED.replace('people', 'people JOIN volunteer_contacts AS c USING (volunteer_id)')}"
        " AND c.mail IS NOT NULL",
        body=lambda target, _: {"mail": target["mail"]},
    ),
    Recipe("POST /sign-in/redemption", ONESELF, link=("sign-in", "volunteer_id", None)),
    Recipe("GET /sign-in/redemption", ONESELF, "token={token}", link=("sign-in", "volunteer_id", None)),
    Recipe("GET /volunteers/confirmation", UNCONFIRMED, "token={token}", link=("confirmation", "volunteer_id", None)),
    Recipe("POST /volunteers/confirmation/page", UNCONFIRMED, link=("confirmation", "volunteer_id", None), form=True),
    Recipe("POST /sign-in/redemption/page", ONESELF, link=("sign-in", "volunteer_id", None), form=True),
    Recipe("GET /volunteers/me", ONESELF),
    Recipe("GET /volunteers/{volunteer_id}", ONESELF),
    Recipe("PATCH /volunteers/{volunteer_id}", ONESELF, body=fixed(reach_km=22, wishes=["sport"])),
    Recipe("POST /volunteers/{volunteer_id}/pause", f"{ONESELF} AND NOT paused", body=fixed(until="2027-02-01")),
    Recipe("POST /volunteers/{volunteer_id}/return", f"{ONESELF} AND paused"),
    Recipe("POST /volunteers/{volunteer_id}/leave", ONESELF),
    Recipe("POST /volunteers/{volunteer_id}/mail", ONESELF, body=lambda _, number: {"mail": f"a-{number}@example.org"}),
    Recipe("GET /volunteers/{volunteer_id}/consents", ONESELF),
    Recipe("POST /volunteers/{volunteer_id}/consents", ONESELF, body=fixed(**_consent("campaigns"))),
    Recipe(
        "POST /volunteers/{volunteer_id}/consents/{purpose}/withdrawal",
        "SELECT volunteer_id, volunteer_id AS volunteer, purpose FROM people JOIN consents_held USING (volunteer_id) "
        "WHERE purpose = 'campaigns'",
        body=fixed(),
    ),
    Recipe("GET /volunteers/{volunteer_id}/characteristics", ONESELF),
    Recipe(
        "POST /volunteers/{volunteer_id}/characteristics/age_band",
        f"{ONESELF} AND age_reached = 18",
        body=fixed(value="27-39", text_version=TEXT, language="de"),
    ),
    Recipe(
        "POST /volunteers/{volunteer_id}/characteristics/migration_experience",
        ONESELF,
        body=fixed(value="yes", text_version=TEXT, language="de"),
    ),
    Recipe(
        "POST /volunteers/{volunteer_id}/characteristics/{characteristic}/withdrawal",
        "SELECT volunteer_id, volunteer_id AS volunteer, characteristic FROM people "
        "JOIN characteristics USING (volunteer_id)",
    ),
    Recipe("GET /volunteers/{volunteer_id}/undertakings", ONESELF),
    Recipe(
        "POST /volunteers/{volunteer_id}/undertakings",
        f"{ONESELF} AND NOT undertaking_valid",
        body=fixed(text_version=TEXT, language="de"),
    ),
    Recipe("GET /volunteers/me/clearances", ONESELF),
    Recipe("GET /volunteers/me/contact", LOOKED_AFTER),
    Recipe("GET /groups", ONESELF),
    Recipe("POST /groups", ONESELF, body=fixed(name="Neue Gruppe (Demo)")),
    Recipe("GET /groups/{group_id}", SPEAKER),
    Recipe("PATCH /groups/{group_id}", SPEAKER, body=fixed(about="Etwas anderes.")),
    Recipe("DELETE /groups/{group_id}", SPEAKER),
    Recipe("PUT /groups/{group_id}/speaker", SPEAKER, body=lambda target, _: {"volunteer_id": str(target["other"])}),
    Recipe(
        "DELETE /groups/{group_id}/members/me",
        SPEAKER.replace("m.volunteer_id AS volunteer, o.volunteer_id AS other", "o.volunteer_id AS volunteer"),
    ),
    Recipe(
        "PUT /groups/{group_id}/organisation",
        f"{SPEAKER} WHERE g.organisation_id IS NULL",
        body=lambda target, _: {"organisation_id": str(target["organisation_id"])},
    ),
    Recipe("DELETE /groups/{group_id}/organisation", f"{SPEAKER} WHERE g.organisation_id IS NOT NULL"),
    Recipe(
        "POST /groups/{group_id}/invitations",
        SPEAKER,
        body=lambda _, number: {"mail": f"volunteer-{number % 100}@example.org"},
    ),
    Recipe("GET /group-invitations", INVITED),
    Recipe("POST /group-invitations/{invitation_id}/acceptance", INVITED),
    Recipe("POST /group-invitations/{invitation_id}/refusal", INVITED),
    Recipe("GET /calls", CALLED),
    Recipe("PUT /calls/{campaign_id}/answer", CALLED, body=fixed(answer="interested")),
    Recipe(
        "POST /support-requests",
        LOOKED_AFTER,
        body=fixed(topic="housing", text="Eine erfundene Frage."),
    ),
    Recipe("GET /support-requests", SUPPORT),
    Recipe("GET /support-requests/{request_id}", SUPPORT),
    Recipe("POST /support-requests/{request_id}/messages", SUPPORT, body=fixed(text="Noch eine Frage.")),
    Recipe("POST /support-requests/{request_id}/closing", SUPPORT),
    Recipe(
        "POST /tokens/refresh",
        "SELECT 'refresh-0-' || family_id AS refresh_token FROM people JOIN token_families USING (volunteer_id)",
        body=lambda target, _: {"refresh_token": target["refresh_token"]},
    ),
    Recipe("POST /volunteers/address", MOVING, link=("address", "volunteer_id", "change_id")),
    Recipe("POST /volunteers/{volunteer_id}/guardian-consent", f"{YOUNG} AND guardian_awaited", body=fixed(**ON_PAPER)),
    Recipe(
        "POST /volunteers/{volunteer_id}/guardian-consent/withdrawal",
        f"{YOUNG} AND NOT guardian_awaited",
        body=fixed(channel="paper"),
    ),
)
