SELECT association_id, year, extract(month FROM period_through)::smallint AS month, min(reported_at) AS reported_at
FROM actuals
WHERE association_id = ANY ($1) AND ($2 IS NULL OR year = ANY ($2)) AND state IN ('reported', 'verified')
GROUP BY association_id, year, extract(month FROM period_through)
