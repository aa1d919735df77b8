INSERT INTO first_reports (association_id, year, month, reported_at)
SELECT DISTINCT association_id, year, extract(month FROM period_through)::smallint AS month, $1
FROM staged_actuals
WHERE status = 'created'
ORDER BY association_id, year, month
ON CONFLICT (association_id, year, month) DO UPDATE SET reported_at = excluded.reported_at
WHERE excluded.reported_at < first_reports.reported_at
