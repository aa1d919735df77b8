SELECT idx
FROM staged_actuals
WHERE is_overlapping
ORDER BY idx
LIMIT $1
