SELECT lines.association_id, lines.indicator_id, lines.count, lines.total, lines.denominator, lines.inexact_count,
    targets.is_approximate, targets.bound, targets.value, targets.upper, targets.per, targets.basis_of_rate,
    targets.baseline_value, targets.weight, targets.due_on, targets.plan
FROM ({judged}) AS lines
JOIN targets
    ON targets.association_id = lines.association_id
    AND targets.year = {year}
    AND targets.indicator_id = lines.indicator_id
    AND targets.is_current
WHERE lines.status IS NULL
    AND ({after_association} IS NULL
        OR (lines.association_id, lines.indicator_id) > ({after_association}, {after_indicator}))
ORDER BY lines.association_id, lines.indicator_id
LIMIT {limit}
