SELECT staged_actuals.idx, staged_actuals.line, associations.code AS given, NULL::text AS other
FROM staged_actuals
JOIN associations ON associations.id = staged_actuals.association_id
WHERE staged_actuals.status = 'dissolved'
ORDER BY staged_actuals.idx
LIMIT $1
