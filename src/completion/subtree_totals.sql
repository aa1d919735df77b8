SELECT lines.indicator_id, lines.year, count(*) AS associations, sum(lines.count) AS count, sum(lines.value) AS value,
    sum(lines.denominator) AS denominator, sum(lines.inexact_count) AS inexact_count, min(lines.covered_from) AS covered_from,
    max(lines.covered_through) AS covered_through, max(lines.last_at) AS last_at
FROM (
    SELECT actual_totals.indicator_id, actual_totals.year,
        CASE WHEN $4 THEN verified_count ELSE reported_count END AS count,
        CASE WHEN $4 THEN verified_value ELSE reported_value END AS value,
        CASE WHEN $4 THEN verified_denominator ELSE reported_denominator END AS denominator,
        CASE WHEN $4 THEN verified_inexact_count ELSE reported_inexact_count END AS inexact_count,
        CASE WHEN $4 THEN verified_from ELSE reported_from END AS covered_from,
        CASE WHEN $4 THEN verified_through ELSE reported_through END AS covered_through,
        CASE WHEN $4 THEN verified_last_at ELSE reported_last_at END AS last_at
    FROM associations
    JOIN actual_totals ON actual_totals.association_id = associations.id
    WHERE associations.path >= $1 AND associations.path < $2 AND actual_totals.year = ANY ($3)
) AS lines
WHERE lines.count > 0
GROUP BY lines.indicator_id, lines.year
