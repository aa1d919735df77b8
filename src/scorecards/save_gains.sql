UPDATE scorecards
SET target_count = scorecards.target_count + gains.target_count,
    weight = scorecards.weight + gains.weight,
    reported_score = scorecards.reported_score + gains.reported_score,
    verified_score = scorecards.verified_score + gains.verified_score
FROM unnest($1, $2, $3, $4, $5, $6)
    AS gains (association_id, year, target_count, weight, reported_score, verified_score)
WHERE scorecards.association_id = gains.association_id AND scorecards.year = gains.year
