INSERT INTO scorecards (association_id, year, target_count, weight, reported_score, verified_score, updated_at)
SELECT named.association_id, named.year, 0, 0, 0, 0, $3
FROM unnest($1, $2) AS named (association_id, year)
ORDER BY named.association_id, named.year
ON CONFLICT (association_id, year) DO UPDATE SET updated_at = excluded.updated_at
