SELECT expected.id, expected.code, expected.name, expected.created_at
FROM expected
LEFT JOIN reports ON reports.association_id = expected.id
WHERE expected.code > $14 AND EXISTS (
    SELECT
    FROM period
    WHERE period.is_due AND expected.created_at < period.ends_at AND coalesce(reports.reported, 0) & period.bit = 0
)
ORDER BY expected.code
LIMIT $15
