INSERT INTO petition (number, year, serial, state, kind, line, service_point, concerns_us, statement, title, person,
    anonymous, secrecy, reach, group_size, registered_at, received_on, counts_from, department, handler, accepted,
    awaits_answer, submitted_by, submission, placed)
SELECT number, 2016 + (n - 1) / 100000, (n - 1) % 100000 + 1, state, kind, line, point, walled,
    decode(repeat(md5(n::text), 20), 'hex'), decode(repeat(md5(n::text), 3), 'hex'), md5(n::text), false, false, 'sms', 1,
    received + time '09:00', received, received, department, CASE WHEN state NOT IN ('submitted', 'registered')
    THEN '987' || lpad((n * 31 % 200)::text, 3, '0') END, state NOT IN ('submitted', 'registered'), false, CASE WHEN state = 'submitted' THEN 'A09' END,
    CASE WHEN state = 'submitted' THEN '转' || n END, sha256(number::bytea)
FROM county;
INSERT INTO wall (petition, seq, officer, tag, reason, recorded_at)
SELECT number, 1, sha256(number::bytea), sha256(number::bytea), 'concerned', received FROM county WHERE walled;
INSERT INTO risk (petition, colour, score, entered, seen, overdue, scored_at)
SELECT number, colour, CASE colour WHEN 'red' THEN 60 WHEN 'yellow' THEN 30 WHEN 'blue' THEN 15 ELSE 0 END + n % 17,
    CASE colour WHEN 'none' THEN '[]' ELSE '["self_harm"]' END::jsonb, '["group", "overdue"]', true, received FROM county;

INSERT INTO timed SELECT number, NULL::text, 'procedural_reply', 'petitions_division', 'A00',
    received, received + 7, received + 5, state IN ('registered', 'awaiting_material') FROM county;

INSERT INTO timed SELECT number, NULL::text, 'outcome_promise', 'department', seat,
    received, received + 60, received + 40,
    state IN ('accepted', 'referred', 'handling', 'concluded') FROM county;
INSERT INTO reply (petition, seq, kind, means, issued_on, officer, text, round, open, department, service_point,
    proof, proved_on, proved_by)
SELECT number, 1, 'procedural_reply', 'post', received + 5, '987001', decode(repeat(md5(n::text), 20), 'hex'), 0, open, department, point,
    proof, CASE WHEN proof IS NOT NULL THEN received + 9 END, CASE WHEN proof IS NOT NULL THEN '987001' END
FROM (SELECT *, CASE WHEN n % 4 = 0 THEN NULL ELSE 'post_receipt' END AS proof FROM county) AS each
WHERE state NOT IN ('submitted', 'registered', 'awaiting_material') AND NOT (state IN ('not_accepted', 'guided') AND n % 3 = 0);
INSERT INTO reply (petition, seq, kind, means, issued_on, officer, text, round, open, department, service_point,
    proof, proved_on, proved_by)
SELECT number, 2, 'outcome_reply', 'post', least(received + 50, current_date), '987001',
    decode(repeat(md5(n::text), 20), 'hex'), 0, open, department, point, proof, CASE WHEN proof IS NOT NULL THEN current_date END,
    CASE WHEN proof IS NOT NULL THEN '987001' END
FROM (SELECT *, CASE WHEN state = 'replied' THEN NULL ELSE 'post_receipt' END AS proof FROM county) AS each
WHERE state IN ('replied', 'closed');
INSERT INTO step (petition, at, type, agency, officer, data)
SELECT petition, issued_on + time '10:00', 'petition.printed.v1', 'A00', '987001', jsonb_build_object('petition', petition,
    'document', CASE kind WHEN 'outcome_reply' THEN 'reply' ELSE 'accepted' END)
FROM reply WHERE open AND hashtext(petition) % 3 <> 0;
INSERT INTO contact (id, petition, channel, service_point, received_on, recorded_at, officer, outcome, text, decided_at, decided_by)
SELECT md5('contact' || n), number, 'letter', point, received, received + time '09:00' + n % 1000 * interval '1 second', '987001',
    'registered', decode(repeat(md5(n::text), 20), 'hex'), received + time '09:30', '987001' FROM county;
INSERT INTO contact (id, channel, service_point, received_on, recorded_at, officer, outcome, text)
SELECT md5('undecided' || n), 'letter', point, current_date, now() - n % 5000 * interval '1 minute', '987001', NULL,
    decode(repeat(md5(n::text), 20), 'hex') FROM county WHERE n <= 1200;
INSERT INTO reception (id, day, leader, places) SELECT md5('day' || d), current_date + d, '900003', 20 FROM generate_series(0, 60) d;
INSERT INTO booking (reception, petition, seq, recorded_at, officer)
SELECT md5('day' || n % 5), number, row_number() OVER (PARTITION BY n % 5), now(), '987001' FROM county WHERE open AND stage = 6
ORDER BY n LIMIT 60;
