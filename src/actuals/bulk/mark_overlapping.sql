WITH new AS MATERIALIZED (
    SELECT DISTINCT staged_actuals.association_id, staged_actuals.year, staged_actuals.indicator_id,
        staged_actuals.period_from, staged_actuals.period_through
    FROM staged_actuals
    JOIN indicators ON indicators.id = staged_actuals.indicator_id
    WHERE staged_actuals.status = 'created' AND indicators.accumulation IN ('sum', 'ratio')
),
-- What is stored in their lines, each line read once.
stored AS (
    SELECT DISTINCT actuals.association_id, actuals.year, actuals.indicator_id,
        actuals.period_from, actuals.period_through
    FROM (SELECT DISTINCT association_id, year, indicator_id FROM new) AS lines
    JOIN actuals USING (association_id, year, indicator_id)
    WHERE actuals.state IN ('reported', 'verified')
),
-- By their first days: a period overlaps with an earlier one that lasts into it, or with the next one that begins in it.
swept AS (
    SELECT periods.*,
        max(period_through) OVER (line ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) >= period_from
            OR lead(period_from) OVER line <= period_through AS is_overlapping
    FROM (SELECT *, true AS is_new FROM new UNION ALL SELECT *, false FROM stored) AS periods
    WINDOW line AS (PARTITION BY association_id, year, indicator_id ORDER BY period_from)
)
UPDATE staged_actuals
SET is_overlapping = true
FROM swept
WHERE swept.is_new
    AND swept.is_overlapping
    AND staged_actuals.status = 'created'
    AND staged_actuals.association_id = swept.association_id
    AND staged_actuals.year = swept.year
    AND staged_actuals.indicator_id = swept.indicator_id
    AND staged_actuals.period_from = swept.period_from
    AND staged_actuals.period_through = swept.period_through
