SELECT targets.indicator_id, targets.bound, targets.per, targets.basis_of_rate, targets.due_on, targets.plan,
    count(*) AS count,
    -- Only a change needs to know (who said nothing has not fallen back to 0), and a target of less, whose bound is never
    -- at_least (who said nothing has not kept it).
    count(*) FILTER (WHERE (targets.basis_of_rate = 'change' OR targets.bound <> 'at_least') AND EXISTS (
        SELECT FROM actual_totals
        WHERE actual_totals.association_id = targets.association_id AND actual_totals.year = targets.year
            AND actual_totals.indicator_id = targets.indicator_id
            AND CASE WHEN $4 THEN actual_totals.verified_count ELSE actual_totals.reported_count END > 0
    )) AS reported,
    bool_or(targets.is_approximate) AS is_approximate, sum(targets.weight) AS weight,
    sum(targets.value) AS value, sum(coalesce(targets.upper, targets.value)) AS upper,
    sum(coalesce(targets.baseline_value, 0)) AS baseline, min(targets.value) AS least, max(targets.value) AS greatest
FROM associations
JOIN targets ON targets.association_id = associations.id
WHERE associations.path >= $1 AND associations.path < $2 AND targets.year = $3 AND targets.is_current
GROUP BY targets.indicator_id, targets.bound, targets.per, targets.basis_of_rate, targets.due_on, targets.plan
