SELECT max(actual_totals.reported_last_at) AS last_at
FROM (SELECT DISTINCT association_id, year, indicator_id FROM staged_actuals WHERE status = 'created') AS lines
JOIN actual_totals
    ON actual_totals.association_id = lines.association_id
    AND actual_totals.year = lines.year
    AND actual_totals.indicator_id = lines.indicator_id
