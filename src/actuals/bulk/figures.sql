DECLARE figures NO SCROLL CURSOR FOR
SELECT idx, association_id, year, indicator_id, period_from, period_through,
    coalesce(value, numerator) AS value, coalesce(denominator, 0) AS denominator, qualifier = 'exact' AS is_exact
FROM staged_actuals
WHERE status = 'created'
ORDER BY association_id, year, indicator_id, idx
