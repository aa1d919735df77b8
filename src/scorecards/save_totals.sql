INSERT INTO actual_totals (
    association_id, year, indicator_id,
    reported_count, reported_value, reported_denominator, reported_inexact_count,
    reported_from, reported_through, reported_last_at, verified_count,
    verified_value, verified_denominator, verified_inexact_count, verified_from,
    verified_through, verified_last_at, due_on, plan, reported_progress, verified_progress
)
SELECT association_id, year, indicator_id,
    reported_count, reported_value, reported_denominator, reported_inexact_count,
    reported_from, reported_through, reported_last_at, verified_count,
    verified_value, verified_denominator, verified_inexact_count, verified_from,
    verified_through, verified_last_at, due_on, plan::numeric[], reported_progress, verified_progress
FROM unnest(
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21
) AS lines (
    association_id, year, indicator_id,
    reported_count, reported_value, reported_denominator, reported_inexact_count,
    reported_from, reported_through, reported_last_at, verified_count,
    verified_value, verified_denominator, verified_inexact_count, verified_from,
    verified_through, verified_last_at, due_on, plan, reported_progress, verified_progress
)
ON CONFLICT (association_id, year, indicator_id) DO UPDATE SET
    reported_count = excluded.reported_count,
    reported_value = excluded.reported_value,
    reported_denominator = excluded.reported_denominator,
    reported_inexact_count = excluded.reported_inexact_count,
    reported_from = excluded.reported_from,
    reported_through = excluded.reported_through,
    reported_last_at = excluded.reported_last_at,
    verified_count = excluded.verified_count,
    verified_value = excluded.verified_value,
    verified_denominator = excluded.verified_denominator,
    verified_inexact_count = excluded.verified_inexact_count,
    verified_from = excluded.verified_from,
    verified_through = excluded.verified_through,
    verified_last_at = excluded.verified_last_at,
    due_on = excluded.due_on,
    plan = excluded.plan,
    reported_progress = excluded.reported_progress,
    verified_progress = excluded.verified_progress
