CREATE TEMP TABLE sent AS SELECT *, '移' || substr(number, 2) AS referral, n % 20 = 9 AS inbound, CASE
    WHEN NOT open THEN (ARRAY['closed', 'closed', 'closed', 'closed', 'closed', 'closed', 'closed', 'closed', 'returned',
        'recalled'])[1 + n / 7 % 10]
    WHEN n % 20 = 9 THEN (ARRAY['sent', 'signed', 'accepted', 'accepted'])[1 + n / 7 % 4]
    ELSE (ARRAY['sent', 'sent', 'signed', 'accepted', 'in_progress', 'objected', 'answered', 'in_progress'])[1 + n / 7 % 8]
    END AS standing FROM county WHERE n % 10 < 3 OR n % 20 = 9;
INSERT INTO referral (number, petition, kind, agency, state, purpose, requested_by, created_at, statutory, urged, inbound,
    submission, objection, result, department, service_point)
SELECT referral, number, 'transfer', (ARRAY['A09', 'A04', 'A07', 'A02'])[1 + n / 11 % 4], standing, 'handling', md5('asked' || n),
    received + time '10:00' + n % 1000 * interval '1 second', false, 1, inbound, CASE WHEN inbound THEN '转' || n END,
    CASE WHEN standing = 'objected' THEN 'not_competent' END, CASE WHEN standing IN ('answered', 'closed') THEN 'supported' END,
    department, point
FROM sent;

INSERT INTO timed SELECT number, referral, 'referral_sign', 'receiver', 'A09', received,
    received + 2, received + 2, standing = 'sent' AND NOT inbound FROM sent;

INSERT INTO timed SELECT number, referral, 'receiver_tells', 'receiver', 'A09', received,
    received + 15, received + 10, standing = 'signed' AND NOT inbound FROM sent;
INSERT INTO escalation (id, petition, referral, reason, agency, days, requested_at)
SELECT md5('escalation' || n), number, referral, 'unsigned', 'A01', '[["A09", 12], ["A04", 9]]', received + 20 FROM sent
WHERE n % 301 = 0 AND (open OR n % 2 = 0);
