UPDATE staged_actuals
SET status = 'repeated'
FROM (
    SELECT association_id, external_id
    FROM staged_actuals
    WHERE external_id IS NOT NULL
    GROUP BY association_id, external_id
    HAVING count(*) > 1
) AS repeated
WHERE staged_actuals.association_id = repeated.association_id
    AND staged_actuals.external_id = repeated.external_id
