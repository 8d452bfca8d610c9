-- name: add_support_request!
-- A volunteer asks for support.
INSERT INTO support_requests (request_id, version, volunteer_id, group_id, contact_id, handler_id, organisation_id,
    district, topic, due_on, status, escalation, escalates_on, messages, asked_at, changed_at)
VALUES (:request_id, :version, :volunteer_id, :group_id, :contact_id, :handler_id, :organisation_id,
    :district, :topic, :due_on, :status, :escalation, :escalates_on, :messages, :asked_at, :changed_at);

-- name: save_support_request!
-- A request has changed; it is locked.
UPDATE support_requests
SET version = :version, contact_id = :contact_id, handler_id = :handler_id, due_on = :due_on, status = :status,
    escalation = :escalation, escalates_on = :escalates_on, messages = :messages, changed_at = :changed_at
WHERE request_id = :request_id;

-- name: support_request_by_id^
-- One request.
SELECT request_id, version, volunteer_id, group_id, contact_id, handler_id, organisation_id, district, topic, due_on,
    status, escalation, escalates_on, messages, asked_at, changed_at
FROM support_requests WHERE request_id = :request_id;

-- name: support_request_for_update^
-- One request, locked until commit.
SELECT request_id, version, volunteer_id, group_id, contact_id, handler_id, organisation_id, district, topic, due_on,
    status, escalation, escalates_on, messages, asked_at, changed_at
FROM support_requests WHERE request_id = :request_id FOR UPDATE;

-- name: add_support_message!
-- Somebody wrote.
INSERT INTO support_messages (request_id, number, from_volunteer, text, written_at, author_id)
VALUES (:request_id, :number, :from_volunteer, :text, :written_at, :author_id);

-- name: support_messages
-- What was written in these requests, in order.
SELECT request_id, number, from_volunteer, text, written_at FROM support_messages
WHERE request_id = ANY (:request_ids::uuid[]) ORDER BY request_id, number;

-- name: count_open_of_volunteer$
-- How many requests of a volunteer are not closed.
SELECT count(*) FROM support_requests WHERE volunteer_id = :volunteer_id AND status <> 'closed';

-- name: support_requests_asked
-- The requests of a volunteer, and of the initiatives for which they speak.
SELECT s.request_id, s.version, s.volunteer_id, s.group_id, s.contact_id, s.handler_id, s.organisation_id, s.district,
    s.topic, s.due_on, s.status, s.escalation, s.escalates_on, s.messages, s.asked_at, s.changed_at
FROM support_requests AS s
WHERE (s.volunteer_id = :volunteer_id::uuid OR s.group_id = ANY (:group_ids::uuid[]))
  AND s.status = :status::text -- when status

-- name: support_requests_to_handle
-- The requests that these contacts were asked or are to answer, and those that came to these organisations.
SELECT s.request_id, s.version, s.volunteer_id, s.group_id, s.contact_id, s.handler_id, s.organisation_id, s.district,
    s.topic, s.due_on, s.status, s.escalation, s.escalates_on, s.messages, s.asked_at, s.changed_at
FROM support_requests AS s
JOIN organisations AS o ON o.organisation_id = s.organisation_id AND o.status = 'verified'
WHERE (s.contact_id = ANY (:contact_ids::uuid[]) OR s.handler_id = ANY (:contact_ids::uuid[])
    OR (s.escalation = 'organisation' AND s.organisation_id = ANY (:organisation_ids::uuid[])))
  AND NOT EXISTS (SELECT FROM restrictions AS r WHERE r.subject_id = s.volunteer_id)
  AND s.status = :status::text -- when status
  AND s.topic = :topic::text -- when topic

-- name: contacts_of_member
-- Which contacts a member is, in these organisations.
SELECT contact_id FROM contacts
WHERE subject_id = :subject_id AND organisation_id = ANY (:organisation_ids::uuid[])
ORDER BY contact_id;

-- name: is_speaker$
-- Whether a volunteer speaks for an initiative.
SELECT EXISTS (
    SELECT FROM group_members WHERE group_id = :group_id AND volunteer_id = :volunteer_id AND is_speaker
);

-- name: groups_spoken_for
-- The initiatives for which a volunteer speaks.
SELECT group_id FROM group_members WHERE volunteer_id = :volunteer_id AND is_speaker ORDER BY group_id;

-- name: asker^
-- How whoever asks is called and reached; nobody before they are announced, and while they are being erased.
SELECT c.name, c.mail FROM volunteer_contacts AS c JOIN volunteers AS v USING (volunteer_id)
WHERE c.volunteer_id = :volunteer_id AND NOT c.erasure_requested AND v.status = 'confirmed';

-- name: who_asked
-- Which of these volunteers have asked an organisation for support.
SELECT DISTINCT volunteer_id FROM support_requests
WHERE volunteer_id = ANY (:volunteer_ids::uuid[]) AND organisation_id = :organisation_id;

-- name: hand_over
-- What a volunteer has asked goes to the next contact of the same organisation; of what is open whoever answers now hears.
UPDATE support_requests AS s
SET contact_id = next.contact_id, handler_id = next.contact_id, version = s.version + 1,
    escalation = 'none',
    escalates_on = CASE WHEN s.status = 'open' THEN greatest(s.due_on, :today::date) + 1 END
FROM unnest(:volunteer_ids::uuid[], :organisation_ids::uuid[], :contact_ids::uuid[])
    AS next (volunteer_id, organisation_id, contact_id)
WHERE s.volunteer_id = next.volunteer_id AND s.organisation_id = next.organisation_id AND s.status <> 'closed'
  AND NOT EXISTS (SELECT FROM contacts AS c WHERE c.contact_id = s.handler_id)
RETURNING s.request_id, s.version, s.volunteer_id, s.group_id, s.contact_id, s.handler_id, s.organisation_id, s.district,
    s.topic, s.due_on, s.status, s.escalation, s.escalates_on, s.messages, s.asked_at, s.changed_at;

-- name: contact_left!
-- Whoever was to answer has left: overdue at once.
UPDATE support_requests SET escalates_on = :today
WHERE handler_id = :contact_id AND status = 'open' AND escalation <> 'organisation';

-- name: overdue_requests
-- Requests that are overdue for whoever is to answer.
SELECT request_id, volunteer_id FROM support_requests AS s
WHERE escalates_on <= :today
  AND NOT EXISTS (SELECT FROM restrictions AS r WHERE r.subject_id = s.volunteer_id)
  -- Of a suspended one nobody reads anything: whoever is told then is told when it is verified again.
  AND EXISTS (SELECT FROM organisations AS o WHERE o.organisation_id = s.organisation_id AND o.status = 'verified')
ORDER BY escalates_on
LIMIT :rows;

-- name: overdue_for_update
-- Those of these requests that are overdue still, locked; whoever else is at it takes others.
SELECT request_id, version, volunteer_id, group_id, contact_id, handler_id, organisation_id, district, topic, due_on,
    status, escalation, escalates_on, messages, asked_at, changed_at
FROM support_requests
WHERE request_id = ANY (:request_ids::uuid[]) AND escalates_on <= :today
ORDER BY request_id
FOR UPDATE SKIP LOCKED;

-- name: close_unheard!
-- Answered long ago, and nothing was heard since: closed.
UPDATE support_requests SET status = 'closed', version = version + 1, changed_at = :now
WHERE request_id IN (
    SELECT request_id FROM support_requests WHERE status = 'answered' AND changed_at < :before
    ORDER BY changed_at LIMIT :rows FOR UPDATE SKIP LOCKED
);

-- name: forget_closed!
-- Closed long ago: forgotten with everything that was written.
DELETE FROM support_requests
WHERE request_id IN (
    SELECT request_id FROM support_requests WHERE status = 'closed' AND changed_at < :before
    ORDER BY changed_at LIMIT :rows FOR UPDATE SKIP LOCKED
);

-- name: needs
-- How often support was asked for per district and topic.
SELECT n.cell, n.district, n.topic, n.requests, n.open, n.overdue, (SELECT counted_at FROM needs_counted) AS as_of
FROM needs AS n
WHERE true
  AND n.district = ANY (:districts::text[]) -- when districts
  AND n.topic = :topic::text -- when topic

-- name: begin_counting_needs$
-- It is time to count the needs anew, and nobody else does; null otherwise.
INSERT INTO needs_counted AS last (counted_at) VALUES (:now)
ON CONFLICT (only_row) DO UPDATE SET counted_at = excluded.counted_at WHERE last.counted_at <= :before
RETURNING true;

-- name: forget_needs!
-- What was counted before.
DELETE FROM needs;

-- name: count_needs!
-- How often support was asked for per district and topic; never fewer persons than a count may tell of, and cut down to a
-- multiple of that number: what is left when one count is taken from another tells of nobody either.
INSERT INTO needs (cell, district, topic, requests, open, overdue)
SELECT s.district || '/' || s.topic, s.district, s.topic, count(*) / :persons::integer * :persons::integer,
    CASE WHEN count(DISTINCT s.volunteer_id) FILTER (WHERE s.status = 'open') >= :persons::integer
        THEN count(*) FILTER (WHERE s.status = 'open') / :persons::integer * :persons::integer END,
    CASE WHEN count(DISTINCT s.volunteer_id) FILTER (WHERE s.status = 'open' AND s.due_on < :today::date) >= :persons::integer
        THEN count(*) FILTER (WHERE s.status = 'open' AND s.due_on < :today::date)
            / :persons::integer * :persons::integer END
FROM support_requests AS s
WHERE s.asked_at >= :since::timestamptz
GROUP BY s.district, s.topic
HAVING count(DISTINCT s.volunteer_id) >= :persons::integer;

-- name: remove_support_requests$
-- Forget what a volunteer asked, and what they wrote for a group in what another one had asked; how many rows went.
WITH asked AS (
    SELECT request_id FROM support_requests WHERE volunteer_id = :volunteer_id
), written AS (
    SELECT count(*) AS rows FROM support_messages WHERE request_id IN (SELECT request_id FROM asked)
), elsewhere AS (
    DELETE FROM support_messages
    WHERE author_id = :volunteer_id AND request_id NOT IN (SELECT request_id FROM asked)
    RETURNING 1
), removed AS (DELETE FROM support_requests WHERE volunteer_id = :volunteer_id RETURNING 1)
SELECT (SELECT rows FROM written) + (SELECT count(*) FROM elsewhere) + (SELECT count(*) FROM removed);
