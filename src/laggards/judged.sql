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
-- Few lines stand at 1 for most of the year: only they are held against their targets.
SELECT totals.association_id, totals.indicator_id, totals.count, totals.total, totals.denominator, totals.inexact_count,
    CASE
        -- Four decimals of a ratio say as little of 1.00001 as of 1: only the target tells them apart. Where there is no
        -- ratio, progress says whether the target is met.
        WHEN totals.value_type = 'milestone' OR goals.has_no_ratio OR goals.part = goals.whole
            THEN CASE
                WHEN totals.direction = 'lower_is_better' AND totals.due_on > {day} THEN 'on_track'
                ELSE 'completed'
            END
        -- The rule divides to 28 digits: what is closer than this is for the rule itself.
        WHEN abs(goals.part - goals.start) > abs(goals.whole - goals.start) * 1.000000001 THEN 'exceeded'
    END AS status
FROM totals
JOIN targets
    ON targets.association_id = totals.association_id
    AND targets.year = {year}
    AND targets.indicator_id = totals.indicator_id
    AND targets.is_current
-- Nothing is divided: each of a percentage is multiplied by its denominator instead.
CROSS JOIN LATERAL (
    SELECT CASE WHEN totals.value_type = 'percentage' THEN totals.denominator ELSE 1 END AS scale,
        CASE WHEN targets.basis_of_rate = 'change' THEN targets.baseline_value ELSE 0 END AS start,
        targets.value * CASE targets.per
            WHEN 'half_year' THEN 2
            WHEN 'quarter' THEN 4
            WHEN 'month' THEN 12
            -- 28 December always lies in the last ISO week of its year.
            WHEN 'week' THEN extract(week FROM make_date({year}, 12, 28))
            ELSE 1
        END AS value
) AS yearly
CROSS JOIN LATERAL (
    SELECT CASE WHEN totals.value_type = 'percentage' THEN totals.total * 100 ELSE totals.total END AS part,
        yearly.value * yearly.scale AS whole,
        yearly.start * yearly.scale AS start,
        yearly.value = yearly.start
            OR (totals.direction = 'lower_is_better' AND targets.basis_of_rate = 'level') AS has_no_ratio
) AS goals
WHERE totals.progress = 1
