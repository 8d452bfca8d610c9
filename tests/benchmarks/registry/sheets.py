"""Rows on their way into tables, in the text format of COPY."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from psycopg import Connection, sql

COLUMNS: dict[str, str] = {
    "districts": "ags name latitude longitude",
    "places": "postal_code version name latitude longitude districts exact",
    "needs": "cell district topic requests open overdue",
    "needs_counted": "counted_at",
    "organisations": "organisation_id version name kind districts status registered_at legal_profile umbrella_id",
    "members": "subject_id version issuer subject memberships",
    "member_contacts": "subject_id version name mail language",
    "invitations": "invitation_id subject_id organisation_id role districts requested_at expires_at redeemed_at",
    "contacts": "contact_id version organisation_id subject_id district topic languages name mail phone postal_code "
    "location office_hours substitute_id capacity confirmed_on stale_from is_stale",
    "offers": "offer_id version organisation_id coordinator_id topic district status",
    "sources": "source organisation_id added_at",
    "machines": "machine_id organisation_id source name added_at subject_id bound_at code_hash code_expires_at",
    "imports": "import_id organisation_id source kind format dry_run status requested_by idempotency_key upload "
    "correlation_id rows done created requested_at completed_at",
    "import_results": "import_id number outcome",
    "clearance_terms": "organisation_id version certificate_months renewal_years notice_days waiting_days",
    "campaigns": "campaign_id version organisation_id created_by created_at districts languages age_bands "
    "own_migration_experience starts_on ends_on texts status submitted_by",
    "boundaries": "boundary_id version district kind_of_activity one_organisation_id other_organisation_id status "
    "agreed_revision open_revision "
    "counts_until",
    "boundary_revisions": "boundary_id revision outcome responsible_organisation_id tasks valid_until "
    "proposing_organisation_id member_id proposed_at proposed_version",
    "boundary_agreements": "boundary_id revision organisation_id member_id agreed_at",
    "boundary_comments": "comment_id boundary_id revision organisation_id member_id text written_at",
    "volunteers": "volunteer_id version status languages skills wishes availability absences reach_km travel postal_code "
    "district age_reached reaches_16_on reaches_18_on guardian_awaited paused paused_until undertaking_valid "
    "undertaking_version requested_at registered_at expires_at registered_by consents_version",
    "volunteer_contacts": "volunteer_id version name mail mail_hash language phone claimed through",
    "consents": "volunteer_id purpose decision text_version language channel decided_at",
    "consents_held": "volunteer_id purpose text_version given_at",
    "characteristics": "volunteer_id characteristic value told_at",
    "address_changes": "volunteer_id change_id mail mail_hash requested_at expires_at",
    "undertakings": "volunteer_id text_version language signed_at",
    "token_families": "family_id volunteer_id signed_in_at expires_at",
    "refresh_tokens": "token_hash family_id issued_at expires_at used_at",
    "placements": "placement_id version offer_id organisation_id coordinator_id volunteer_id status dealt_with",
    "own_contacts": "volunteer_id version contact_id organisation_id reason district since",
    "support_requests": "request_id version volunteer_id contact_id handler_id organisation_id district topic due_on "
    "status escalation escalates_on messages asked_at changed_at",
    "support_messages": "request_id number from_volunteer text written_at",
    "clearances": "clearance_id version volunteer_id organisation_id legal_basis kind_of_activity inspected_on "
    "certificate_date relevant_conviction recorded_at valid_until notices_due delete_on delete_reason "
    "published_id published_version",
    "clearance_placements": "placement_id version offer_id organisation_id volunteer_id status taken_up "
    "last_exercised_on closed_at unsettled",
    "external_ids": "link_id source kind external_id id digest fingerprint by_import confirmed_at imported_at",
    "consent_proofs": "link_id organisation_id text_version channel reference given_at told_at",
    "suppressed_ids": "digest suppressed_at",
    "changes": "number organisation_id kind id source external_id change version recorded_at",
    "duplicate_keys": "kind key volunteer_id",
    "duplicates": "duplicate_id version first_id second_id reasons status found_at",
    "merges": "merge_id version survivor_id merged_id organisation_id merged_by merged_at undo_until announced_version",
    "groups": "group_id version name about formed_at organisation_id agreed_at",
    "group_members": "group_id volunteer_id is_speaker joined_at",
    "group_invitations": "invitation_id group_id volunteer_id invited_at expires_at",
    "campaign_calls": "campaign_id volunteer_id due_at called_at answer answered_at",
    "person_requests": "request_id version subject_id kind legal_profile received_on due_on identity_established status "
    "registered_at closed_at ground",
    "person_request_steps": "step_id request_id taken_at step taken_by",
    "restrictions": "subject_id ground since",
    "person_rights": "subject_id version restricted export_until",
    "retained_records": "record_id erasure_id kind ground kept_until content locked_at",
    "erasures": "erasure_id subject_id status answers requested_at completed_at",
    "erased_subjects": "subject_id erased_at",
    "audit_log": "entry_id recorded_at actor_kind actor_id organisation_ids action kind thing_id concerning position hash",
    "reactions": "reaction natural_key aggregate subject_id done_at",
    "idempotency_keys": "caller key fingerprint status body subject_id created_at",
    "burned_links": "jti burned_at expires_at",
}
"""What is filled, and with what; the other columns have their defaults."""

LEFT_EMPTY: dict[str, str] = {
    "outbox": "what waits to be published: nothing, the relay has caught up",
    "dead_letters": "nothing was set aside",
    "ended_aggregates": "grows with offers that ended, looked up by key only",
    "own_contact_checks": "work that is done",
    "contact_checks": "work that is done",
    "duplicate_checks": "work that is done",
    "hand_over_checks": "work that is done",
    "clearances_set_aside": "of two clearances of one person the older, for the 30 days of a merge: very few",
    "import_lines": "rows wait there for seconds",
    "rate_limits": "an hour's worth",
    "rate_limit_salts": "one row a day",
}
"""And why."""


class Sheets:
    """Rows by table, until they are copied."""

    def __init__(self) -> None:
        self._lines: defaultdict[str, list[str]] = defaultdict(list)

    def add(self, table: str, *values: str | int | float | bool | None) -> None:
        """One row: the values of `COLUMNS[table]` in order. Texts must not need escaping."""
        self._lines[table].append(
            "\t".join(["\\N" if value is None else value if type(value) is str else str(value) for value in values])
        )

    def rows(self) -> Iterable[tuple[str, Sequence[str]]]:
        """What is to be written: by table, one line for each row."""
        return self._lines.items()

    def copy_into(self, connection: "Connection[tuple[object, ...]]") -> None:
        """Write all rows and forget them."""
        for table, lines in self._lines.items():
            columns = sql.SQL(", ").join(map(sql.Identifier, COLUMNS[table].split()))
            statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), columns)
            with connection.cursor().copy(statement) as copy:
                copy.write("\n".join(lines) + "\n")
        self._lines.clear()


def array(values: Iterable[object]) -> str:
    """An array of words or numbers."""
    return "{" + ",".join(map(str, values)) + "}"


def hexadecimal(digest: bytes) -> str:
    """Bytes, as COPY's text format writes them."""
    return "\\\\x" + digest.hex()
