INSERT INTO scorecards (
    association_id, year, target_count, weight, reported_score, verified_score, updated_at,
    version, reported_met_count, verified_met_count
)
SELECT named.association_id, named.year, 0, 0, 0, 0, $3, 1, 0, 0
FROM unnest($1, $2) AS named (association_id, year)
ORDER BY named.association_id, named.year
ON CONFLICT (association_id, year) DO UPDATE SET updated_at = excluded.updated_at, version = scorecards.version + 1
