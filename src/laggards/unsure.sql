SELECT lines.indicator_id, lines.count, lines.total, lines.denominator, lines.inexact_count, targets.is_approximate,
    targets.bound, targets.value, targets.upper, targets.per, targets.basis_of_rate, targets.baseline_value,
    targets.weight, targets.due_on, targets.plan
FROM ({judged}) AS lines
JOIN targets
    ON targets.association_id = lines.association_id
    AND targets.year = {year}
    AND targets.indicator_id = lines.indicator_id
    AND targets.is_current
WHERE lines.status IS NULL
