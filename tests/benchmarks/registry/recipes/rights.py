"""Rights of the person, erasure, audit, duplicates and merges."""

from tests.benchmarks.registry.recipes.recipe import Recipe, fixed

OFFICER = "'member-0' AS staff"
ONESELF = (
    "SELECT volunteer_id, volunteer_id AS subject_id, volunteer_id AS volunteer FROM people WHERE status = 'confirmed'"
)
REQUESTS = f"""
SELECT r.request_id, r.version, {OFFICER}
FROM people AS p JOIN person_requests AS r ON r.subject_id = p.volunteer_id
"""
OPEN = f"{REQUESTS} WHERE r.status = 'received'"
DUPLICATES = f"""
SELECT d.duplicate_id, d.version, d.first_id, {OFFICER}
FROM people AS p JOIN duplicates AS d ON d.first_id = p.volunteer_id WHERE d.status = 'open'
"""
MERGES = f"""
SELECT m.merge_id, m.version, {OFFICER} FROM people AS p JOIN merges AS m ON m.survivor_id = p.volunteer_id
"""

RECIPES = (
    Recipe("GET /me/export", ONESELF),
    Recipe("GET /persons/{subject_id}/export", ONESELF),
    Recipe("POST /volunteers/{volunteer_id}/erasure", ONESELF),
    Recipe("GET /erasures/{erasure_id}", f"SELECT erasure_id, {OFFICER} FROM erasures LIMIT 20"),
    Recipe("GET /audit-entries", f"SELECT volunteer_id, {OFFICER} FROM people", "concerning={volunteer_id}"),
    Recipe("POST /person-requests", ONESELF, body=fixed(kind="access")),
    Recipe(
        "POST /person-requests/recorded",
        f"SELECT volunteer_id, {OFFICER} FROM people WHERE status = 'confirmed'",
        body=lambda target, _: {
            "kind": "access",
            "subject_id": str(target["volunteer_id"]),
            "received_on": "2026-11-20",
            "identity_established": "document_seen",
        },
    ),
    Recipe("GET /person-requests", f"SELECT {OFFICER}"),
    Recipe("GET /me/person-requests", ONESELF),
    Recipe("GET /person-requests/{request_id}", REQUESTS),
    Recipe("POST /person-requests/{request_id}/start", OPEN),
    Recipe("POST /person-requests/{request_id}/extension", OPEN, body=fixed(reason="complexity")),
    Recipe("POST /person-requests/{request_id}/execution", f"{OPEN} AND r.kind = 'restriction'"),
    Recipe(
        "POST /person-requests/{request_id}/correction", f"{OPEN} AND r.kind = 'correction'", body=fixed(reach_km=12)
    ),
    Recipe(
        "POST /person-requests/{request_id}/answer", f"{OPEN} AND r.kind = 'access'", body=fixed(outcome="fulfilled")
    ),
    Recipe("POST /person-requests/{request_id}/refusal", OPEN, body=fixed(reason="manifestly_unfounded")),
    Recipe("POST /person-requests/{request_id}/withdrawal", OPEN.replace(OFFICER, "r.subject_id AS volunteer")),
    Recipe(
        "GET /persons/{subject_id}/restriction",
        "SELECT subject_id, subject_id AS volunteer FROM restrictions LIMIT 20",
    ),
    Recipe(
        "POST /persons/{subject_id}/restriction/end",
        f"SELECT subject_id, {OFFICER} FROM restrictions LIMIT 20",
        body=fixed(reason="accuracy_checked"),
    ),
    # As many as there are in the small one, too.
    Recipe("GET /duplicates", f"SELECT {OFFICER}", "limit=20"),
    Recipe("GET /duplicates/{duplicate_id}", DUPLICATES),
    Recipe("POST /duplicates/{duplicate_id}/dismissal", DUPLICATES),
    Recipe(
        "POST /duplicates/{duplicate_id}/merge",
        DUPLICATES,
        body=lambda target, _: {"survivor_id": str(target["first_id"])},
    ),
    Recipe("GET /merges", f"SELECT {OFFICER}"),
    Recipe("GET /merges/{merge_id}", MERGES),
    Recipe(
        "POST /duplicates",
        f"SELECT volunteer_id, lead(volunteer_id) OVER () AS other, {OFFICER} FROM people WHERE status = 'confirmed'",
        body=lambda target, _: {"first_id": str(target["volunteer_id"]), "second_id": str(target["other"])},
    ),
    Recipe(
        "POST /merges/{merge_id}/undoing", f"SELECT merge_id, version, {OFFICER} FROM merges WHERE kept IS NOT NULL"
    ),
)
