UPDATE staged_actuals
SET status = 'closed'
FROM locks
WHERE staged_actuals.status = 'created'
    AND locks.year = staged_actuals.year
    AND staged_actuals.period_through <= locks.closed_through
    AND NOT ($1 AND staged_actuals.reason IS NOT NULL)
