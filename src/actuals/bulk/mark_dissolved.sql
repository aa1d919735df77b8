UPDATE staged_actuals
SET status = 'dissolved'
FROM associations
WHERE staged_actuals.status = 'created'
    AND associations.id = staged_actuals.association_id
    AND associations.status = 'dissolved'
