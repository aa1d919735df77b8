UPDATE staged_actuals
SET status = 'overflowing'
WHERE status = 'created' AND association_id = $1 AND year = $2 AND indicator_id = $3
