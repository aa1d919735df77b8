CREATE TABLE targets (
    association_id uuid NOT NULL,
    year smallint NOT NULL,
    indicator_id uuid NOT NULL,
    revision integer NOT NULL,
    is_current boolean NOT NULL,
    is_removal boolean NOT NULL,
    bound text NOT NULL,
    value numeric(20,4) NOT NULL,
    upper numeric(20,4),
    is_approximate boolean NOT NULL,
    per text NOT NULL,
    basis_of_rate text NOT NULL,
    baseline_year smallint,
    baseline_value numeric(20,4),
    growth numeric(20,4),
    weight numeric(20,4) NOT NULL,
    due_on date NOT NULL,
    plan numeric(5,4)[],
    source_document text,
    source_locator text,
    source_quote text,
    reason text,
    recorded_at timestamptz NOT NULL,
    recorded_by uuid,
    CONSTRAINT targets_pkey PRIMARY KEY (association_id, year, indicator_id, revision),
    CONSTRAINT targets_association_id_fkey FOREIGN KEY (association_id) REFERENCES associations (id),
    CONSTRAINT targets_indicator_id_fkey FOREIGN KEY (indicator_id) REFERENCES indicators (id),
    CONSTRAINT targets_year_check CHECK (year BETWEEN 1949 AND 2199),
    CONSTRAINT targets_revision_check CHECK (revision >= 1),
    CONSTRAINT targets_removal_check CHECK (NOT (is_removal AND is_current)),
    CONSTRAINT targets_bound_check CHECK (bound IN ('at_least', 'at_most', 'exactly', 'range')),
    CONSTRAINT targets_upper_check CHECK ((bound = 'range') = (upper IS NOT NULL) AND (upper IS NULL OR upper >= value)),
    CONSTRAINT targets_value_check CHECK (value >= 0 OR basis_of_rate = 'change'),
    CONSTRAINT targets_per_check CHECK (per IN ('year', 'half_year', 'quarter', 'month', 'week')),
    CONSTRAINT targets_basis_of_rate_check CHECK (
        basis_of_rate = 'level' OR (basis_of_rate = 'change' AND baseline_value IS NOT NULL)
    ),
    CONSTRAINT targets_baseline_check CHECK (
        (baseline_year IS NULL) = (baseline_value IS NULL) AND (growth IS NULL OR baseline_value IS NOT NULL)
    ),
    CONSTRAINT targets_weight_check CHECK (weight > 0),
    CONSTRAINT targets_due_on_check CHECK (due_on >= make_date(year, 1, 1)),
    CONSTRAINT targets_plan_check CHECK (
        plan IS NULL OR (cardinality(plan) = 12 AND plan[12] = 1 AND array_position(plan, NULL) IS NULL
            AND plan[1] >= 0 AND plan[1] <= plan[2] AND plan[2] <= plan[3] AND plan[3] <= plan[4]
            AND plan[4] <= plan[5] AND plan[5] <= plan[6] AND plan[6] <= plan[7] AND plan[7] <= plan[8]
            AND plan[8] <= plan[9] AND plan[9] <= plan[10] AND plan[10] <= plan[11] AND plan[11] <= plan[12])
    ),
    CONSTRAINT targets_reason_check CHECK (revision = 1 OR reason IS NOT NULL)
);

-- One target per association × year × indicator; the older revisions stay beside it.
CREATE UNIQUE INDEX targets_association_id_year_indicator_id_key
    ON targets (association_id, year, indicator_id) WHERE is_current;
CREATE INDEX targets_indicator_id_idx ON targets (indicator_id);

COMMENT ON TABLE targets IS 'What an association plans for an indicator in a year (目标), every revision of it. The one in force is current.';
COMMENT ON COLUMN targets.association_id IS 'Who plans.';
COMMENT ON COLUMN targets.year IS 'Plan year.';
COMMENT ON COLUMN targets.indicator_id IS 'What is counted.';
COMMENT ON COLUMN targets.revision IS '1 is the target as first published; counts up, also past a removal.';
COMMENT ON COLUMN targets.is_current IS 'Whether this revision is in force; at most one is.';
COMMENT ON COLUMN targets.is_removal IS 'Whether this revision withdrew the target; its numbers repeat the ones withdrawn.';
COMMENT ON COLUMN targets.bound IS 'at_least 不少于, at_most 不超过, exactly, range (value to upper, 1-2家).';
COMMENT ON COLUMN targets.value IS 'The planned value per period, in the indicator''s unit; the lower end of a range.';
COMMENT ON COLUMN targets.upper IS 'Upper end of a range.';
COMMENT ON COLUMN targets.is_approximate IS 'Whether the plan says 约 or 左右.';
COMMENT ON COLUMN targets.per IS 'The period the value is for; a duty per month counts value × 12 for the year.';
COMMENT ON COLUMN targets.basis_of_rate IS 'level: actual / target. change: share of the way from the baseline to the target.';
COMMENT ON COLUMN targets.baseline_year IS 'Year the baseline was measured in.';
COMMENT ON COLUMN targets.baseline_value IS 'The baseline, in the indicator''s unit.';
COMMENT ON COLUMN targets.growth IS 'Planned growth over the baseline in percent (同比递增10%); where given, value was derived from it.';
COMMENT ON COLUMN targets.weight IS 'Weight in the association''s score.';
COMMENT ON COLUMN targets.due_on IS 'The day it has to be met by.';
COMMENT ON COLUMN targets.plan IS 'Cumulative share of the year''s work planned by the end of each month, 12 of them, the last 1; null: even progress.';
COMMENT ON COLUMN targets.source_document IS 'Title of the document the target was read from.';
COMMENT ON COLUMN targets.source_locator IS 'Where in that document.';
COMMENT ON COLUMN targets.source_quote IS 'The sentence it was read from.';
COMMENT ON COLUMN targets.reason IS 'Why the target was revised or removed.';
COMMENT ON COLUMN targets.recorded_at IS 'When this revision was recorded.';
COMMENT ON COLUMN targets.recorded_by IS 'The key that recorded it; null: the command line.';
