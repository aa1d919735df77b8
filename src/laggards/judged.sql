SELECT totals.association_id, totals.indicator_id, totals.count, totals.total, totals.denominator, totals.inexact_count,
    CASE
        WHEN totals.progress IS NULL THEN 'not_computable'
        WHEN totals.progress > 1 THEN 'exceeded'
        WHEN totals.progress = 1 AND indicators.value_type = 'milestone' AND indicators.direction = 'higher_is_better'
            THEN 'completed'
        WHEN totals.progress = 1 THEN NULL
        WHEN totals.due_on <= {day} THEN 'overdue'
        WHEN totals.count = 0 THEN 'not_started'
        -- Progress and share are cut to four decimals here: what lies between is for the rule itself.
        WHEN totals.progress >= totals.expected + 0.0001 THEN 'on_track'
        WHEN totals.progress > 0 AND totals.progress + 0.0001 <= totals.expected
            AND totals.progress >= (totals.expected + 0.0001) * {at_risk_ratio} THEN 'at_risk'
        WHEN totals.progress + 0.0001 <= totals.expected * {at_risk_ratio} THEN 'behind'
    END AS status
FROM (
    SELECT association_id, indicator_id, due_on,
        CASE WHEN {is_verified} THEN verified_count ELSE reported_count END AS count,
        CASE WHEN {is_verified} THEN verified_value ELSE reported_value END AS total,
        CASE WHEN {is_verified} THEN verified_denominator ELSE reported_denominator END AS denominator,
        CASE WHEN {is_verified} THEN verified_inexact_count ELSE reported_inexact_count END AS inexact_count,
        CASE WHEN {is_verified} THEN verified_progress ELSE reported_progress END AS progress,
        {expected} AS expected
    FROM actual_totals
    WHERE year = {year} AND due_on IS NOT NULL
) AS totals
JOIN indicators ON indicators.id = totals.indicator_id
WHERE totals.association_id IN ({fitting})
    AND ({indicator} IS NULL OR totals.indicator_id = {indicator})
    AND ({category} IS NULL OR indicators.category = {category})
