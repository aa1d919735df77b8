SELECT named.position,
    actual_totals.reported_count, actual_totals.reported_value, actual_totals.reported_denominator,
    actual_totals.reported_inexact_count, actual_totals.reported_from, actual_totals.reported_through,
    actual_totals.reported_last_at, actual_totals.verified_count, actual_totals.verified_value,
    actual_totals.verified_denominator, actual_totals.verified_inexact_count, actual_totals.verified_from,
    actual_totals.verified_through, actual_totals.verified_last_at
FROM unnest($1, $2, $3) WITH ORDINALITY AS named (association_id, year, indicator_id, position)
JOIN actual_totals
    ON actual_totals.association_id = named.association_id
    AND actual_totals.year = named.year
    AND actual_totals.indicator_id = named.indicator_id
