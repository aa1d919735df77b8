INSERT INTO first_reports (association_id, year, month, reported_at)
SELECT association_id, year, extract(month FROM period_through)::smallint, min(reported_at)
FROM actuals
WHERE association_id = $1 AND year = $2
    AND extract(month FROM period_through) = ANY ($3)
    AND state IN ('reported', 'verified')
GROUP BY association_id, year, extract(month FROM period_through)
