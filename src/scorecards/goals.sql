SELECT named.position, targets.bound, targets.value, targets.upper, targets.per, targets.basis_of_rate,
    targets.baseline_value, targets.weight, targets.due_on, targets.plan
FROM unnest($1, $2, $3) WITH ORDINALITY AS named (association_id, year, indicator_id, position)
JOIN targets
    ON targets.association_id = named.association_id
    AND targets.year = named.year
    AND targets.indicator_id = named.indicator_id
    AND targets.is_current
