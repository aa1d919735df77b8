SELECT idx, line, coalesce(value, numerator)::text AS given, NULL::text AS other
FROM staged_actuals
WHERE status = 'overflowing'
ORDER BY idx
LIMIT $1
