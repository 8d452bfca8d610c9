"""Associations' systems: machines, external ids, imports, changes."""

from tests.benchmarks.registry.recipes.recipe import Recipe, fixed

MACHINES = """
SELECT m.machine_id, m.organisation_id, m.source, s.staff, h.admin, h.districts[1] AS district, h.name, h.kind
FROM houses AS h JOIN machines AS m USING (organisation_id) JOIN staff AS s ON s.subject_id = m.subject_id
"""
BY_ADMIN = "SELECT machine_id, organisation_id, admin AS staff FROM (" + MACHINES + ") AS m"


def _links(kind: str) -> str:
    return f"""
        SELECT m.*, x.kind, x.external_id, x.id
        FROM ({MACHINES}) AS m (machine_id, organisation_id, source, staff, admin, district, name, organisation_kind)
        JOIN external_ids AS x ON x.source = m.source AND x.kind = '{kind}'
    """


LINKED = """
SELECT x.link_id, p.volunteer_id AS volunteer
FROM people AS p JOIN external_ids AS x ON x.kind = 'volunteers' AND x.id = p.volunteer_id
"""
BY_MAIL = LINKED.replace("AS volunteer\n", "\n") + "WHERE x.confirmed_at IS NULL"
VOLUNTEER = {
    "name": "Neu Hier (Demo)",
    "postal_code": "29221",
    "languages": [{"language": "de", "level": "B2"}],
    "consent": {
        "purpose": "processing",
        "text_version": "2026-01",
        "given_at": "2026-11-01T10:00:00Z",
        "channel": "paper",
        "reference": "Ordner 1",
    },
}

RECIPES = (
    Recipe("GET /organisations/{organisation_id}/machines", BY_ADMIN),
    Recipe(
        "POST /organisations/{organisation_id}/machines",
        BY_ADMIN,
        body=lambda _, number: {"name": "Fachverfahren (Demo)", "source": f"another_{number}"},
    ),
    Recipe(
        "POST /organisations/{organisation_id}/machines/{machine_id}/code",
        "SELECT m.machine_id, m.organisation_id, h.admin AS staff FROM houses AS h "
        "JOIN machines AS m USING (organisation_id) WHERE m.subject_id IS NULL",
    ),
    Recipe("DELETE /organisations/{organisation_id}/machines/{machine_id}", BY_ADMIN),
    Recipe(
        "POST /machines/binding",
        "SELECT 'machine-unbound' AS staff, 'code-of-' || machine_id AS code "
        "FROM houses AS h JOIN machines USING (organisation_id) WHERE subject_id IS NULL",
        body=lambda target, _: {"code": target["code"]},
    ),
    Recipe(
        "PUT /exchange/{source}/organisations/{external_id}",
        f"{MACHINES}".replace("h.name", "'own' AS external_id, h.name"),
        body=lambda target, _: {"name": target["name"], "kind": "initiative", "districts": [target["district"]]},
    ),
    Recipe(
        "PUT /exchange/{source}/members/{external_id}",
        f"SELECT l.* FROM ({_links('members')}) AS l JOIN staff AS s ON s.subject_id = l.id AND s.role = 'coordinator'",
        body=lambda target, number: {
            "name": "Neu Hier (Demo)",
            "mail": f"imported-{number}@example.org",
            "role": "coordinator",
            "districts": [target["district"]],
        },
    ),
    Recipe(
        "PUT /exchange/{source}/contacts/{external_id}",
        _links("contacts"),
        body=lambda target, _: {
            "district": target["district"],
            "topic": "housing",
            "name": "Neu Hier (Demo)",
            "mail": "imported@example.org",
        },
    ),
    Recipe(
        "PUT /exchange/{source}/volunteers/{external_id}",
        MACHINES.replace("h.name", "'new' AS external_id, h.name"),
        body=lambda _, number: VOLUNTEER | {"mail": f"by-import-{number}@example.org"},
    ),
    Recipe("DELETE /exchange/{source}/{kind}/{external_id}", _links("volunteers")),
    Recipe(
        "POST /exchange/{source}/{kind}/deletions",
        _links("volunteers"),
        body=lambda target, _: {"external_ids": [target["external_id"]]},
    ),
    Recipe("GET /exchange/{source}/{kind}/{external_id}", _links("volunteers")),
    Recipe("GET /imports", MACHINES, "organisation_id={organisation_id}"),
    Recipe(
        "GET /imports/{import_id}",
        f"SELECT i.import_id, m.staff FROM ({MACHINES}) AS m JOIN imports AS i USING (organisation_id)",
    ),
    Recipe(
        "GET /imports/{import_id}/rows",
        f"SELECT i.import_id, m.staff FROM ({MACHINES}) AS m JOIN imports AS i USING (organisation_id)",
    ),
    Recipe("GET /changes", MACHINES),
    Recipe("GET /volunteers/me/links", LINKED),
    Recipe("POST /volunteers/me/links/{link_id}/agreement", f"{LINKED} WHERE x.confirmed_at IS NULL"),
    Recipe("DELETE /volunteers/me/links/{link_id}", LINKED),
    Recipe(
        "POST /volunteers/links/answer",
        BY_MAIL,
        body=fixed(answer="agree"),
        link=("link-answer", "volunteer_id", "link_id"),
    ),
)
