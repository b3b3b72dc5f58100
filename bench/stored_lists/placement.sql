INSERT INTO placement (petition, version, department, service_point, kind, line, colour, secrecy, unnamed,
    walled_officers, walled_departments, unmatched)
SELECT number, 3, department, point, kind, line, colour, n % 97 = 0, false,
    CASE WHEN walled THEN ARRAY[sha256(number::bytea)] ELSE ARRAY[]::bytea[] END, ARRAY[]::text[], ARRAY[]::bytea[]
FROM county;
INSERT INTO lane (source, subject, applied) SELECT 'intake', number, 3 FROM county;
