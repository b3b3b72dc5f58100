INSERT INTO aid_case (number, petition, state, situations, applicant, once, requested_by, rules, opened_at, decide_by,
    amount_fen, ground, department, service_point)
SELECT '助' || substr(number, 2), number, CASE WHEN open THEN 'opened' WHEN n % 3 = 0 THEN 'refused' ELSE 'granted' END,
    '["no_income"]', decode(repeat(md5(n::text), 10), 'hex'), sha256(number::bytea), md5('asked' || n), '1', received,
    received + 10, CASE WHEN NOT open AND n % 3 > 0 THEN 100000 END, CASE WHEN NOT open AND n % 3 = 0 THEN 'not_eligible' END,
    department, point
FROM county WHERE n % 50 = 4 OR open AND n % 5 = 0;
INSERT INTO lead (number, case_number, agency, kinds, state, offered_at, answer_by, result)
SELECT replace(number, '助', '线'), number, 'A04', '["subsistence"]', state, opened_at, decide_by + 20,
    CASE WHEN state = 'answered' THEN 'granted' END
FROM (SELECT number, opened_at, decide_by,
    CASE WHEN state = 'opened' AND hashtext(number) % 2 = 0 THEN 'signed' ELSE 'answered' END AS state FROM aid_case) AS each;
