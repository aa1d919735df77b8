SELECT page.association_code, page.association_name, page.indicator_code, page.indicator_id, page.deviation,
    page.count, page.total, page.denominator, page.inexact_count, targets.is_approximate, targets.bound, targets.value,
    targets.upper, targets.per, targets.basis_of_rate, targets.baseline_value, targets.weight, targets.due_on, targets.plan
FROM (
    SELECT lines.*, associations.code AS association_code, associations.name AS association_name,
        indicators.code AS indicator_code, greatest(lines.progress, 0) - lines.expected AS deviation
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
    JOIN associations ON associations.id = lines.association_id
    JOIN indicators ON indicators.id = lines.indicator_id
    -- All that are overdue or not started, where they are asked for, also where a plan curve expects no more by now.
    WHERE lines.progress < CASE WHEN {status} IN ('overdue', 'not_started') THEN 1 ELSE lines.expected END
        AND associations.id IN ({fitting})
        AND ({indicator} IS NULL OR lines.indicator_id = {indicator})
        AND ({category} IS NULL OR indicators.category = {category})
        -- Rate and share are cut here: the rule itself looks at what this lets through.
        AND CASE {status}
            WHEN 'overdue' THEN lines.due_on <= {day}
            WHEN 'not_started' THEN lines.due_on > {day} AND lines.count = 0
            WHEN 'at_risk' THEN lines.due_on > {day} AND lines.count > 0
                AND lines.progress + 0.0001 >= lines.expected * {at_risk_ratio}
            WHEN 'behind' THEN lines.due_on > {day} AND lines.count > 0
                AND lines.progress - 0.0001 <= (lines.expected + 0.0001) * {at_risk_ratio}
            ELSE true
        END
        AND ({deviation} IS NULL
            OR (greatest(lines.progress, 0) - lines.expected, associations.name COLLATE "C", associations.code COLLATE "C", indicators.code COLLATE "C")
                > ({deviation}, {name} COLLATE "C", {code} COLLATE "C", {indicator_code} COLLATE "C"))
    ORDER BY deviation, associations.name COLLATE "C", associations.code COLLATE "C", indicators.code COLLATE "C"
    LIMIT {limit}
) AS page
JOIN targets
    ON targets.association_id = page.association_id
    AND targets.year = {year}
    AND targets.indicator_id = page.indicator_id
    AND targets.is_current
ORDER BY page.deviation, page.association_name COLLATE "C", page.association_code COLLATE "C", page.indicator_code COLLATE "C"
