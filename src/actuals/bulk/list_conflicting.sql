SELECT staged_actuals.idx, staged_actuals.line, associations.code AS association_code,
    indicators.code AS indicator_code, indicators.unit AS indicator_unit, actuals.*
FROM staged_actuals
JOIN actuals ON actuals.association_id = staged_actuals.association_id AND actuals.id = staged_actuals.id
JOIN associations ON associations.id = actuals.association_id
JOIN indicators ON indicators.id = actuals.indicator_id
WHERE staged_actuals.status = 'conflicting'
ORDER BY staged_actuals.idx
LIMIT $1
