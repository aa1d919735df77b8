ALTER TABLE actual_totals
    ADD COLUMN due_on date,
    ADD COLUMN plan numeric(5,4)[],
    ADD COLUMN reported_progress numeric,
    ADD COLUMN verified_progress numeric;
ALTER TABLE scorecards
    ADD COLUMN version bigint NOT NULL DEFAULT 1,
    ADD COLUMN reported_met_count integer NOT NULL DEFAULT 0,
    ADD COLUMN verified_met_count integer NOT NULL DEFAULT 0;

-- From here on every target in force has a row, whether anything was reported or not.
INSERT INTO actual_totals (
    association_id, year, indicator_id, reported_count, reported_value, reported_denominator, reported_inexact_count,
    verified_count, verified_value, verified_denominator, verified_inexact_count
)
SELECT association_id, year, indicator_id, 0, 0, 0, 0, 0, 0, 0, 0 FROM targets WHERE is_current
ON CONFLICT (association_id, year, indicator_id) DO NOTHING;

-- What src/rule said of a line when this was written; `kpi verify` compares with what it says today.
CREATE TEMPORARY TABLE judged ON COMMIT DROP AS
WITH planned AS (
    SELECT targets.association_id, targets.year, targets.indicator_id, targets.due_on, targets.plan, targets.bound,
        targets.basis_of_rate, targets.baseline_value AS baseline, indicators.value_type, indicators.direction,
        targets.value * periods.count AS value, targets.upper * periods.count AS upper
    FROM targets
    JOIN indicators ON indicators.id = targets.indicator_id
    CROSS JOIN LATERAL (
        SELECT CASE targets.per
            WHEN 'half_year' THEN 2 WHEN 'quarter' THEN 4 WHEN 'month' THEN 12
            WHEN 'week' THEN extract(week FROM make_date(targets.year, 12, 28))::integer
            ELSE 1
        END AS count
    ) AS periods
    WHERE targets.is_current
),
standing AS (
    SELECT association_id, year, indicator_id, 'reported' AS basis,
        CASE WHEN reported_count > 0 THEN
            CASE WHEN reported_denominator > 0 THEN reported_value * 100 / reported_denominator ELSE reported_value END
        END AS actual
    FROM actual_totals
    UNION ALL
    SELECT association_id, year, indicator_id, 'verified',
        CASE WHEN verified_count > 0 THEN
            CASE WHEN verified_denominator > 0 THEN verified_value * 100 / verified_denominator ELSE verified_value END
        END
    FROM actual_totals
),
lines AS (
    SELECT planned.*, standing.basis, standing.actual,
        CASE
            WHEN direction = 'higher_is_better' AND basis_of_rate = 'level' AND value = 0 THEN 'not_scorable'
            WHEN actual IS NULL THEN 'nothing'
            WHEN value_type = 'milestone' THEN 'milestone'
            WHEN basis_of_rate = 'change' AND value <> baseline THEN 'change'
            WHEN basis_of_rate = 'change' OR direction = 'lower_is_better' THEN 'met_only'
            ELSE 'level'
        END AS kind,
        CASE
            WHEN value_type = 'milestone' THEN actual <> 0
            WHEN basis_of_rate = 'change' AND direction = 'higher_is_better' THEN actual >= value
            WHEN basis_of_rate = 'change' THEN actual <= value
            WHEN bound = 'exactly' THEN actual = value
            WHEN direction = 'higher_is_better' THEN actual >= value
            ELSE actual <= coalesce(upper, value)
        END AS is_met
    FROM planned
    JOIN standing USING (association_id, year, indicator_id)
)
SELECT association_id, year, indicator_id, basis, due_on, plan,
    CASE kind
        WHEN 'nothing' THEN 0
        WHEN 'milestone' THEN is_met::integer
        WHEN 'met_only' THEN is_met::integer
        WHEN 'change' THEN div((actual - baseline) * 10000, value - baseline) / 10000
        WHEN 'level' THEN div(actual * 10000, value) / 10000
    END AS progress,
    kind <> 'not_scorable' AND coalesce(is_met, false) AS is_met
FROM lines;

UPDATE actual_totals
SET due_on = reported.due_on, plan = reported.plan,
    reported_progress = reported.progress, verified_progress = verified.progress
FROM judged AS reported
JOIN judged AS verified USING (association_id, year, indicator_id)
WHERE reported.basis = 'reported' AND verified.basis = 'verified'
    AND actual_totals.association_id = reported.association_id
    AND actual_totals.year = reported.year
    AND actual_totals.indicator_id = reported.indicator_id;

UPDATE scorecards
SET reported_met_count = met.reported, verified_met_count = met.verified
FROM (
    SELECT association_id, year, count(*) FILTER (WHERE basis = 'reported') AS reported,
        count(*) FILTER (WHERE basis = 'verified') AS verified
    FROM judged WHERE is_met GROUP BY association_id, year
) AS met
WHERE scorecards.association_id = met.association_id AND scorecards.year = met.year;

ALTER TABLE scorecards
    ALTER COLUMN version DROP DEFAULT,
    ALTER COLUMN reported_met_count DROP DEFAULT,
    ALTER COLUMN verified_met_count DROP DEFAULT,
    ADD CONSTRAINT scorecards_version_check CHECK (version >= 1),
    ADD CONSTRAINT scorecards_met_count_check CHECK (
        reported_met_count BETWEEN 0 AND target_count AND verified_met_count BETWEEN 0 AND target_count
    );
ALTER TABLE actual_totals
    ADD CONSTRAINT actual_totals_progress_check CHECK (
        (reported_progress IS NULL) = (verified_progress IS NULL)
        AND (due_on IS NOT NULL OR (plan IS NULL AND reported_progress IS NULL))
    );

COMMENT ON TABLE actual_totals IS 'A year''s actuals of one association and indicator, combined as the indicator''s accumulation says, and how they stand against the target. Derived from actuals and targets in the same transaction; every target in force has a row.';
COMMENT ON COLUMN actual_totals.due_on IS 'The day the target in force has to be met by; null: no target.';
COMMENT ON COLUMN actual_totals.plan IS 'The plan curve of the target in force; null: even progress, or no target.';
COMMENT ON COLUMN actual_totals.reported_progress IS 'The rate on the reported basis, or where there is no ratio the score; null: nothing can be scored.';
COMMENT ON COLUMN actual_totals.verified_progress IS 'As reported_progress, over the verified values.';
COMMENT ON COLUMN scorecards.version IS 'Counts the writes of targets and actuals; the entity tags of what is computed from the year are made of it.';
COMMENT ON COLUMN scorecards.reported_met_count IS 'How many targets are met on the reported basis.';
COMMENT ON COLUMN scorecards.verified_met_count IS 'The same on the verified basis.';
