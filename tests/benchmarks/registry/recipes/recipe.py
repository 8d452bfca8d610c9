"""What a recipe is, and the temporary tables from which recipes choose their targets."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Target = Mapping[str, Any]
"""A row of a recipe's SQL."""
Body = Callable[[Target, int], Any]
"""From a target, and how many requests there were before, to what is sent as JSON."""

TARGETS_AT_MOST = 10

PREPARATION = """
CREATE TEMP TABLE people AS
    SELECT v.* FROM volunteers AS v WHERE v.volunteer_id = ANY ($1::uuid[])
        AND NOT EXISTS (SELECT FROM restrictions AS r WHERE r.subject_id = v.volunteer_id);
CREATE TEMP TABLE staff AS
    SELECT m.subject_id, m.version AS member_version, m.subject AS staff,
        (held ->> 'organisation_id')::uuid AS organisation_id, held ->> 'role' AS role,
        ARRAY(SELECT jsonb_array_elements_text(held -> 'districts')) AS districts
    FROM members AS m CROSS JOIN LATERAL jsonb_array_elements(m.memberships) AS held
    JOIN organisations AS o ON o.organisation_id = (held ->> 'organisation_id')::uuid AND o.status = 'verified';
CREATE INDEX ON staff (organisation_id, role);
CREATE INDEX ON staff (subject_id);
CREATE TEMP TABLE houses AS
    SELECT o.*, a.staff AS admin, c.staff AS coordinator, c.subject_id AS coordinator_id
    FROM organisations AS o
    JOIN LATERAL (SELECT * FROM staff AS s
        WHERE s.organisation_id = o.organisation_id AND s.role = 'organisation_admin' LIMIT 1) AS a ON true
    JOIN LATERAL (SELECT * FROM staff AS s
        WHERE s.organisation_id = o.organisation_id AND s.role = 'coordinator' LIMIT 1) AS c ON true
    WHERE o.organisation_id = ANY ($2::uuid[]);
CREATE TEMP TABLE dealings AS
    SELECT p.volunteer_id, p.organisation_id, s.staff AS coordinator, h.admin, v.district, v.version
    FROM people AS v
    JOIN placements AS p ON p.volunteer_id = v.volunteer_id AND p.dealt_with
    JOIN houses AS h ON h.organisation_id = p.organisation_id
    JOIN staff AS s ON s.subject_id = p.coordinator_id AND s.districts @> ARRAY[v.district]
    WHERE v.status = 'confirmed';
ANALYZE people, staff, houses, dealings;
"""
"""$1: volunteers from everywhere in the registry; $2: organisations from everywhere."""


@dataclass(frozen=True)
class Recipe:
    """How one endpoint is asked.

    Parameters
    ----------
    operation
        `GET /volunteers/{volunteer_id}`, as the document of the API has it.
    targets
        SQL; without any: one target without columns.
    query
        The query string, with places for the target's columns.
    link
        Purpose, and the columns of subject and resource, of a mailed link that goes along as `token`.
    """

    operation: str
    targets: str = "SELECT 1 AS one"
    query: str = ""
    body: Body | None = None
    link: tuple[str, str, str | None] | None = None
    form: bool = False

    @property
    def method(self) -> str:
        """GET, POST …"""
        return self.operation.partition(" ")[0]

    @property
    def path(self) -> str:
        """With places for the target's columns."""
        return self.operation.partition(" ")[2]


def fixed(**told: Any) -> Body:
    """The same body for every request."""
    return lambda _target, _number: told
