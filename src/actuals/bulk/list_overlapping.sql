SELECT idx, count(*) OVER () AS total
FROM staged_actuals
WHERE is_overlapping AND status = 'created'
ORDER BY idx
LIMIT $1
