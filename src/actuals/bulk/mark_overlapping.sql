WITH periods AS (
    SELECT DISTINCT association_id, year, indicator_id, period_from, period_through
    FROM staged_actuals
    WHERE status = 'created'
),
overlapping AS (
    SELECT periods.*
    FROM periods
    JOIN indicators ON indicators.id = periods.indicator_id
    WHERE indicators.accumulation IN ('sum', 'ratio')
        AND EXISTS (
            SELECT FROM actuals
            WHERE actuals.association_id = periods.association_id
                AND actuals.year = periods.year
                AND actuals.indicator_id = periods.indicator_id
                AND actuals.period_from <= periods.period_through
                AND actuals.period_through >= periods.period_from
                AND actuals.state IN ('reported', 'verified')
        )
)
UPDATE staged_actuals
SET is_overlapping = true
FROM overlapping
WHERE staged_actuals.status = 'created'
    AND staged_actuals.association_id = overlapping.association_id
    AND staged_actuals.year = overlapping.year
    AND staged_actuals.indicator_id = overlapping.indicator_id
    AND staged_actuals.period_from = overlapping.period_from
    AND staged_actuals.period_through = overlapping.period_through
