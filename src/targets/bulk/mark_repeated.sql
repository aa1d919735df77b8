UPDATE staged_targets
SET status = 'repeated'
FROM (
    SELECT association_id, year, indicator_id
    FROM staged_targets
    GROUP BY association_id, year, indicator_id
    HAVING count(*) > 1
) AS repeated
WHERE staged_targets.association_id = repeated.association_id
    AND staged_targets.year = repeated.year
    AND staged_targets.indicator_id = repeated.indicator_id
