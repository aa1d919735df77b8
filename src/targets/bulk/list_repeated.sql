SELECT staged_targets.idx, staged_targets.line,
    concat_ws('/', staged_targets.association_code, staged_targets.year, indicators.code) AS given,
    coalesce(lag(staged_targets.idx) OVER same_key, lead(staged_targets.idx) OVER same_key)::text AS other
FROM staged_targets
JOIN indicators ON indicators.id = staged_targets.indicator_id
WHERE staged_targets.status = 'repeated'
WINDOW same_key AS (
    PARTITION BY staged_targets.association_id, staged_targets.year, staged_targets.indicator_id
    ORDER BY staged_targets.idx
)
ORDER BY staged_targets.idx
LIMIT $1
