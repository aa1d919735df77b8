SELECT idx, line, external_id AS given, coalesce(lag(idx) OVER same_key, lead(idx) OVER same_key)::text AS other
FROM staged_actuals
WHERE status = 'repeated'
WINDOW same_key AS (PARTITION BY association_id, external_id ORDER BY idx)
ORDER BY idx
LIMIT $1
