-- the n-th petition of so many, in the same words for every service: ten years, one in a hundred open
CREATE TEMP TABLE county AS
SELECT *, CASE WHEN state IN ('submitted', 'registered', 'awaiting_material') THEN NULL ELSE seat END AS department
FROM (
    SELECT *, CASE WHEN NOT open THEN 'closed' ELSE (ARRAY[
        'submitted', 'registered', 'registered', 'registered', 'awaiting_material', 'accepted', 'accepted', 'accepted',
        'accepted', 'referred', 'referred', 'handling', 'handling', 'handling', 'handling', 'concluded', 'replied',
        'replied', 'not_accepted', 'guided'])[1 + stage] END AS state
    FROM (
        SELECT n, '信' || 2016 + (n - 1) / 100000 || '-619926-' || lpad(((n - 1) % 100000 + 1)::text, 6, '0') AS number,
            current_date - ((:stored - n)::bigint * 3650 / :stored)::int AS received,
            n > :stored - :stored / 50 AND n % 2 = 0 AS open, n / 2 % 20 AS stage,
            CASE WHEN n * 7919::bigint % 100 < 33 THEN 'D05' WHEN n * 7919::bigint % 100 < 60 THEN 'D01'
                WHEN n * 7919::bigint % 100 < 78 THEN 'D02' WHEN n * 7919::bigint % 100 < 90 THEN 'D03'
                WHEN n * 7919::bigint % 100 < 98 THEN 'D06' ELSE 'D07' END AS seat,
            CASE WHEN n % 20 = 3 THEN 'SP-LIUTANG' WHEN n % 10 = 7 THEN 'SP-QINGXI' ELSE '12309' END AS point,
            (ARRAY['claim', 'claim', 'accusation', 'proposal'])[1 + n % 4] AS kind,
            (ARRAY['complaint_appeal', 'criminal_appeal', 'civil_supervision', 'administrative_supervision', 'judicial_aid',
                'public_interest', 'support_prosecution', 'other'])[1 + n / 3 % 8] AS line,
            CASE WHEN n % 200 = 2 THEN 'red' WHEN n % 20 = 1 THEN 'yellow' WHEN n % 5 = 0 THEN 'blue' ELSE 'none' END AS colour,
            n % 211 = 5 AS walled
        FROM generate_series(1, :stored) AS n
    ) AS each
) AS each;
ANALYZE county;
CREATE TEMP TABLE timed (
    number text, referral text, rule text, duty text, holder text, start date, due date, target date, runs boolean
);
