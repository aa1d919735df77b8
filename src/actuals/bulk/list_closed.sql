SELECT staged_actuals.idx, staged_actuals.line, staged_actuals.period_through::text AS given,
    locks.closed_through::text AS other
FROM staged_actuals
JOIN locks ON locks.year = staged_actuals.year
WHERE staged_actuals.status = 'closed'
ORDER BY staged_actuals.idx
LIMIT $1
