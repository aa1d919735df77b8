SELECT staged_actuals.idx, staged_actuals.line, staged_actuals.status = 'created' AS is_new, staged_actuals.id,
    actuals.state
FROM staged_actuals
LEFT JOIN actuals
    ON staged_actuals.status = 'unchanged'
    AND actuals.association_id = staged_actuals.association_id
    AND actuals.id = staged_actuals.id
WHERE staged_actuals.status IN ('created', 'unchanged')
ORDER BY (staged_actuals.is_overlapping OR staged_actuals.idx = ANY ($2)) DESC, staged_actuals.idx
LIMIT $1
