INSERT INTO notice (id, petition, person, about, cause, state, reason, template, params, text, planned_at, not_before,
    changed_at, tries, asked, settled_by_person, carrier, round, ask_at,
    department, service_point)
SELECT md5(about || n), number, md5(n::text), about, md5('cause' || about || n), state, NULL, 'T1', '{}',
    '您反映的事项已收到，编号后六位000123，查询请拨12309。【枫桥县人民检察院】', at, at, at, 1, 0, false,
    CASE WHEN n % 9 = 0 THEN 'phone' ELSE 'provider' END, 1, now() + interval '1 year', department, point
FROM (SELECT n, number, department, point, about, received + time '09:30' + n % 1000 * interval '1 second' AS at, CASE
    WHEN open AND n % 18 = 0 THEN 'sent' WHEN open AND n % 40 = 2 THEN 'unknown' WHEN n % 45 = 1 THEN 'failed'
    WHEN n % 900 = 7 THEN 'refused' ELSE 'delivered' END AS state
    FROM county, (VALUES ('receipt'), ('accepted')) AS what (about)) AS each;
INSERT INTO officer_notice (id, holder, not_before, made_at)
SELECT md5('told' || n), seat, received + time '10:00', received FROM county WHERE n % 5 = 0;
INSERT INTO officer_item (cause, holder, notice, petition, sentence, told_at)
SELECT md5('item' || n), seat, md5('told' || n), number, number || ' 程序性回复已逾期', received FROM county WHERE n % 5 = 0;
