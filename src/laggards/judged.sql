WITH totals AS NOT MATERIALIZED (
    SELECT lines.*, indicators.value_type, indicators.direction
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
    ) AS lines
    JOIN indicators ON indicators.id = lines.indicator_id
    WHERE lines.association_id IN ({fitting})
        AND ({indicator} IS NULL OR lines.indicator_id = {indicator})
        AND ({category} IS NULL OR indicators.category = {category})
)
SELECT association_id, indicator_id, count, total, denominator, inexact_count,
    CASE
        WHEN progress IS NULL THEN 'not_computable'
        WHEN progress > 1 THEN 'exceeded'
        WHEN due_on <= {day} THEN 'overdue'
        WHEN count = 0 THEN 'not_started'
        -- Progress and share are cut to four decimals here: what lies between is for the rule itself.
        WHEN progress >= expected + 0.0001 THEN 'on_track'
        WHEN progress > 0 AND progress + 0.0001 <= expected
            AND progress >= (expected + 0.0001) * {at_risk_ratio} THEN 'at_risk'
        WHEN progress + 0.0001 <= expected * {at_risk_ratio} THEN 'behind'
    END AS status
FROM totals
WHERE progress IS DISTINCT FROM 1
UNION ALL
-- Four decimals of a ratio say as little of 1.00001 as of 1: these are for the rule itself.
SELECT association_id, indicator_id, count, total, denominator, inexact_count, NULL AS status
FROM totals
WHERE progress = 1
