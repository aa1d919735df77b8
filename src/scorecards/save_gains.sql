UPDATE scorecards
SET target_count = scorecards.target_count + gains.target_count,
    weight = scorecards.weight + gains.weight,
    reported_score = scorecards.reported_score + gains.reported_score,
    verified_score = scorecards.verified_score + gains.verified_score,
    reported_met_count = scorecards.reported_met_count + gains.reported_met_count,
    verified_met_count = scorecards.verified_met_count + gains.verified_met_count
FROM unnest($1, $2, $3, $4, $5, $6, $7, $8) AS gains (
    association_id, year, target_count, weight, reported_score, verified_score, reported_met_count, verified_met_count
)
WHERE scorecards.association_id = gains.association_id AND scorecards.year = gains.year
