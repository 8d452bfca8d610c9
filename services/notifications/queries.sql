-- name: add_deliveries
-- Mails to be sent, those that the same occasion made before excepted. A process whose clock goes ahead makes nobody wait.
INSERT INTO deliveries
    (delivery_id, natural_key, mail, recipient, subject_id, concerns, data, created_at, due_at, expires_at, status,
    correlation_id, causation_id, in_bulk)
SELECT note.delivery_id, note.natural_key, note.mail, note.recipient, note.subject_id, note.concerns, note.data,
    :now, least(:now, now()), note.expires_at, 'pending', note.correlation_id, note.causation_id, note.in_bulk
FROM jsonb_to_recordset(:notes::jsonb) AS note (
    delivery_id uuid, natural_key text, mail text, recipient text, subject_id uuid, concerns uuid, data jsonb,
    expires_at timestamptz, correlation_id text, causation_id text, in_bulk boolean
)
ON CONFLICT (natural_key) DO NOTHING
RETURNING delivery_id;

-- name: claim_deliveries
-- Take what is due, what somebody waits for before what is told in bulk, of each the oldest first, each within its room;
-- what another process is taking is left to it. Committed before anything is sent.
WITH urgent AS MATERIALIZED (
    SELECT delivery_id
    FROM deliveries
    WHERE NOT in_bulk AND settled_at IS NULL AND due_at <= :now
    ORDER BY due_at
    LIMIT :urgent
    FOR UPDATE SKIP LOCKED
), bulk AS MATERIALIZED (
    SELECT delivery_id
    FROM deliveries
    WHERE in_bulk AND settled_at IS NULL AND due_at <= :now
    ORDER BY due_at
    LIMIT least(:in_bulk::bigint, :together::bigint - (SELECT count(*) FROM urgent))
    FOR UPDATE SKIP LOCKED
)
UPDATE deliveries AS d
SET status = 'sending', attempts = d.attempts + 1, due_at = :lost_at
FROM (SELECT delivery_id FROM urgent UNION ALL SELECT delivery_id FROM bulk) AS due
WHERE d.delivery_id = due.delivery_id
RETURNING
    d.delivery_id, d.mail, d.recipient, d.subject_id, d.concerns, d.data, d.created_at, d.expires_at, d.attempts,
    d.correlation_id, d.causation_id, d.in_bulk;

-- name: extend_leases!
-- These dialogues are still under way.
UPDATE deliveries SET due_at = :lost_at WHERE delivery_id = ANY (:delivery_ids::uuid[]) AND status = 'sending';

-- name: settle_delivery$
-- It is over: sent, failed or dropped. One that was claimed anew meanwhile is settled by that attempt, unless it is sent.
UPDATE deliveries
SET status = :status, reason = :reason, settled_at = :now
WHERE delivery_id = :delivery_id
  AND settled_at IS NULL
  AND (:status::text = 'sent' OR attempts = :attempts)
RETURNING delivery_id;

-- name: postpone_delivery!
-- Try again later, unless it was claimed anew meanwhile.
UPDATE deliveries
SET status = 'pending', reason = :reason, due_at = :due_at
WHERE delivery_id = :delivery_id AND status = 'sending' AND attempts = :attempts;

-- name: deliveries_of_subject
-- What was mailed to a person, the newest first.
SELECT delivery_id, mail, status, created_at, settled_at
FROM deliveries
WHERE subject_id = :subject_id
ORDER BY delivery_id DESC
LIMIT :at_most;

-- name: prune_deliveries!
-- Forget what was settled long ago.
DELETE FROM deliveries
WHERE delivery_id IN (
    SELECT delivery_id FROM deliveries WHERE settled_at < :before ORDER BY settled_at LIMIT :at_most
);

-- name: add_messages!
-- Entries in inboxes.
INSERT INTO messages (message_id, mail, subject_id, concerns, data, created_at)
SELECT note.delivery_id, note.mail, note.subject_id, note.concerns, note.data, :now
FROM jsonb_to_recordset(:notes::jsonb)
    AS note (delivery_id uuid, mail text, subject_id uuid, concerns uuid, data jsonb)
ON CONFLICT (message_id) DO NOTHING;

-- name: messages_of_subject
-- A person's inbox.
SELECT message_id, mail, subject_id, concerns, data, created_at, read_at, version
FROM messages
WHERE subject_id = :subject_id::uuid
  AND mail = :kind::text -- when kind
  AND (read_at IS NULL) = :unread::boolean -- when unread

-- name: message_for_update^
-- One message, locked.
SELECT message_id, mail, subject_id, concerns, data, created_at, read_at, version
FROM messages
WHERE message_id = :message_id
FOR UPDATE;

-- name: mark_message_read^
-- The person has read it.
UPDATE messages
SET read_at = :now, version = version + 1
WHERE message_id = :message_id
RETURNING message_id, mail, subject_id, concerns, data, created_at, read_at, version;

-- name: prune_messages!
-- Forget messages that are older than an inbox keeps.
DELETE FROM messages
WHERE message_id IN (
    SELECT message_id FROM messages WHERE created_at < :before ORDER BY created_at LIMIT :at_most
);

-- name: preferences_of^
-- What a person wants to be told by mail.
SELECT subject_id, version, suggestions_by_mail FROM preferences WHERE subject_id = :subject_id;

-- name: put_preferences^
-- Change preferences that stand at `expected` (1: nobody has changed them yet); nothing when they stand elsewhere.
INSERT INTO preferences AS p (subject_id, version, suggestions_by_mail)
SELECT :subject_id::uuid, 2, :suggestions_by_mail::boolean
WHERE :expected::bigint = 1 OR EXISTS (SELECT FROM preferences WHERE subject_id = :subject_id::uuid)
ON CONFLICT (subject_id) DO UPDATE
SET version = p.version + 1, suggestions_by_mail = excluded.suggestions_by_mail
WHERE p.version = :expected::bigint
RETURNING subject_id, version, suggestions_by_mail;

-- name: volunteer_contacts_by_id
-- How volunteers are reached.
SELECT volunteer_id AS subject_id, name, mail, language, through, mail_to_confirm
FROM volunteer_contacts WHERE volunteer_id = ANY (:ids::uuid[]);

-- name: volunteer_contacts_shown
-- What organisations are told of volunteers: nothing of whoever does not let them; nobody whose consents are not known.
SELECT v.volunteer_id AS subject_id, v.language,
    CASE WHEN 'contact_by_organisations' = ANY (c.purposes) THEN v.name END AS name,
    CASE WHEN 'contact_by_organisations' = ANY (c.purposes) THEN v.mail END AS mail
FROM volunteer_contacts AS v
JOIN consents AS c ON c.volunteer_id = v.volunteer_id
WHERE v.volunteer_id = ANY (:ids::uuid[]);

-- name: consents_of^
-- What a volunteer consents to.
SELECT purposes FROM consents WHERE volunteer_id = :volunteer_id;

-- name: member_contacts_by_id
-- How members of organisations are reached.
SELECT subject_id, name, mail, language FROM member_contacts WHERE subject_id = ANY (:ids::uuid[]);

-- name: offers_by_id
-- What texts say of offers.
SELECT offer_id, title, organisation_id, weekly, status, district FROM offers WHERE offer_id = ANY (:ids::uuid[]);

-- name: courses_by_id
-- What texts say of courses.
SELECT course_id, title, organisation_id, first_session FROM courses WHERE course_id = ANY (:ids::uuid[]);

-- name: campaigns_by_id
-- What campaigns say, and whether they go on.
SELECT campaign_id, organisation_id, texts, is_open FROM campaigns WHERE campaign_id = ANY (:ids::uuid[]);

-- name: organisations_by_id
-- The names of organisations.
SELECT organisation_id, name FROM organisations WHERE organisation_id = ANY (:ids::uuid[]);

-- name: organisation_status$
-- Whether an organisation is verified; null when it is not known yet.
SELECT status FROM organisations WHERE organisation_id = :organisation_id;

-- name: memberships_of^
-- What somebody is in which organisation.
SELECT memberships FROM members WHERE subject_id = :subject_id;

-- name: switched_off_suggestions_among
-- Which of these persons do not want suggestions by mail.
SELECT subject_id FROM preferences WHERE subject_id = ANY (:subject_ids::uuid[]) AND NOT suggestions_by_mail;

-- name: begin_erasure!
-- Remember that a person is to be erased; once per erasure.
INSERT INTO erasures (erasure_id, subject_id, begun_at) VALUES (:erasure_id, :subject_id, :now)
ON CONFLICT (erasure_id) DO NOTHING;

-- name: being_erased_among
-- Of which of these persons the erasure is under way.
SELECT subject_id FROM erasures WHERE subject_id = ANY (:subject_ids::uuid[]) AND answered_at IS NULL;

-- name: pending_erasure_for_update^
-- The erasure with this id, locked, when it is not answered yet.
SELECT erasure_id, subject_id, records
FROM erasures
WHERE erasure_id = :erasure_id AND answered_at IS NULL
FOR UPDATE;

-- name: is_answered$
-- Whether the erasure with this id was answered.
SELECT EXISTS (SELECT FROM erasures WHERE erasure_id = :erasure_id AND answered_at IS NOT NULL);

-- name: count_erased!
-- Add to what an erasure has removed so far.
UPDATE erasures SET records = records + :records WHERE erasure_id = :erasure_id;

-- name: answer_erasure!
-- The erasure is done here.
UPDATE erasures SET answered_at = :now, receipt = :receipt, records = :records WHERE erasure_id = :erasure_id;

-- name: prune_erasures!
-- Forget answered erasures; `erased_subjects` keeps the person out for good.
DELETE FROM erasures
WHERE erasure_id IN (
    SELECT erasure_id FROM erasures WHERE answered_at < :before ORDER BY answered_at LIMIT :at_most
);

-- name: erase_messages$
-- Remove a person's inbox and what stands about them in others'; how many.
WITH gone AS (
    DELETE FROM messages WHERE subject_id = :subject_id OR concerns = :subject_id RETURNING 1
)
SELECT count(*) FROM gone;

-- name: erase_preferences$
-- Remove a person's preferences; how many.
WITH gone AS (DELETE FROM preferences WHERE subject_id = :subject_id RETURNING 1)
SELECT count(*) FROM gone;

-- name: erase_deliveries$
-- Remove the mails to and about a person, one kind of mail excepted; how many.
WITH gone AS (
    DELETE FROM deliveries
    WHERE (subject_id = :subject_id OR concerns = :subject_id) AND mail IS DISTINCT FROM :except_mail::text
    RETURNING 1
)
SELECT count(*) FROM gone;

-- name: erase_contacts$
-- Forget a person's address; how many rows.
WITH volunteer AS (
    DELETE FROM volunteer_contacts WHERE volunteer_id = :subject_id RETURNING 1
), member AS (
    DELETE FROM member_contacts WHERE subject_id = :subject_id RETURNING 1
), agreed AS (
    DELETE FROM consents WHERE volunteer_id = :subject_id RETURNING 1
)
SELECT (SELECT count(*) FROM volunteer) + (SELECT count(*) FROM member) + (SELECT count(*) FROM agreed);

-- name: member_of^
-- How a member signs in, and what they are in which organisation, as far as it is known here.
SELECT issuer, subject, memberships FROM members WHERE subject_id = :subject_id;

-- name: offers_coordinated_by
-- The offers of which a member is told.
SELECT offer_id, title, organisation_id, district, status FROM offers
WHERE coordinator_id = :subject_id ORDER BY offer_id LIMIT 10000;

-- name: moves_of
-- What went on under one id when two entries were found to be the same person.
SELECT kind, thing_id, until FROM merge_moves
WHERE survivor_id = :subject_id OR merged_id = :subject_id
ORDER BY until, kind, thing_id LIMIT 10000;
