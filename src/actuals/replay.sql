SELECT association_id, year, indicator_id, id, version, period_from, period_through, value, numerator, denominator,
    qualifier, state, verified_value, verified_numerator, verified_denominator, reported_at,
    performed_by
FROM actuals
WHERE association_id = ANY ($1) AND ($2 IS NULL OR year = ANY ($2)) AND ($3 IS NULL OR indicator_id = ANY ($3))
    AND ($4 IS NULL OR updated_at < $4)
UNION ALL
SELECT association_id, year, indicator_id, id, version, period_from, period_through, value, numerator, denominator,
    qualifier, state, verified_value, verified_numerator, verified_denominator, reported_at,
    performed_by
FROM actual_revisions
WHERE association_id = ANY ($1) AND ($2 IS NULL OR year = ANY ($2)) AND ($3 IS NULL OR indicator_id = ANY ($3))
    AND updated_at < $4
ORDER BY association_id, year, indicator_id, reported_at, id, version
