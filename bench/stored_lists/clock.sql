INSERT INTO clock (
    id, petition, referral, rule, pack, length, unit, duty, holder, start, due, target, provisional, state, started_at,
    started_by, missed_at, stopped_at, stopped_by)
SELECT md5(rule || number), number, referral, rule, '2022-05-01', 15, 'day', duty, holder, start, due, target, false,
    CASE WHEN NOT runs THEN 'stopped' WHEN due < current_date THEN 'missed' ELSE 'running' END,
    start, 'petition.registered.v1', CASE WHEN runs AND due < current_date THEN due END,
    CASE WHEN NOT runs THEN start END, CASE WHEN NOT runs THEN 'petition.replied.v1' END
FROM timed;
