CREATE TABLE actual_totals (
    association_id uuid NOT NULL,
    year smallint NOT NULL,
    indicator_id uuid NOT NULL,
    reported_count integer NOT NULL,
    reported_value numeric(24,4) NOT NULL,
    reported_denominator numeric(24,4) NOT NULL,
    reported_inexact_count integer NOT NULL,
    reported_from date,
    reported_through date,
    reported_last_at timestamptz,
    verified_count integer NOT NULL,
    verified_value numeric(24,4) NOT NULL,
    verified_denominator numeric(24,4) NOT NULL,
    verified_inexact_count integer NOT NULL,
    verified_from date,
    verified_through date,
    verified_last_at timestamptz,
    CONSTRAINT actual_totals_pkey PRIMARY KEY (association_id, year, indicator_id),
    CONSTRAINT actual_totals_association_id_fkey FOREIGN KEY (association_id) REFERENCES associations (id),
    CONSTRAINT actual_totals_indicator_id_fkey FOREIGN KEY (indicator_id) REFERENCES indicators (id),
    CONSTRAINT actual_totals_count_check CHECK (reported_count >= verified_count AND verified_count >= 0),
    CONSTRAINT actual_totals_reported_check CHECK (
        (reported_count = 0) = (reported_through IS NULL) AND (reported_count = 0) = (reported_last_at IS NULL)
    ),
    CONSTRAINT actual_totals_verified_check CHECK (
        (verified_count = 0) = (verified_through IS NULL) AND (verified_count = 0) = (verified_last_at IS NULL)
    )
);

CREATE INDEX actual_totals_indicator_id_idx ON actual_totals (indicator_id, year);

COMMENT ON TABLE actual_totals IS 'A year''s actuals of one association and indicator, combined as the indicator''s accumulation says. Derived from actuals in the same transaction.';
COMMENT ON COLUMN actual_totals.association_id IS 'Who reports.';
COMMENT ON COLUMN actual_totals.year IS 'The year covered.';
COMMENT ON COLUMN actual_totals.indicator_id IS 'What was counted.';
COMMENT ON COLUMN actual_totals.reported_count IS 'How many actuals count on the reported basis (reported or verified).';
COMMENT ON COLUMN actual_totals.reported_value IS 'Their sum, the latest of them, or the sum (or latest) of the numerators.';
COMMENT ON COLUMN actual_totals.reported_denominator IS 'Sum (or latest) of the denominators; 0 where there are none.';
COMMENT ON COLUMN actual_totals.reported_inexact_count IS 'How many of those the value rests on are not exact.';
COMMENT ON COLUMN actual_totals.reported_from IS 'First day covered.';
COMMENT ON COLUMN actual_totals.reported_through IS 'Last day covered.';
COMMENT ON COLUMN actual_totals.reported_last_at IS 'When the last of them was reported.';
COMMENT ON COLUMN actual_totals.verified_count IS 'How many actuals count on the verified basis.';
COMMENT ON COLUMN actual_totals.verified_value IS 'As reported_value, over the verified values.';
COMMENT ON COLUMN actual_totals.verified_denominator IS 'As reported_denominator, over the verified values.';
COMMENT ON COLUMN actual_totals.verified_inexact_count IS 'As reported_inexact_count, over the verified values.';
COMMENT ON COLUMN actual_totals.verified_from IS 'As reported_from, over the verified values.';
COMMENT ON COLUMN actual_totals.verified_through IS 'As reported_through, over the verified values.';
COMMENT ON COLUMN actual_totals.verified_last_at IS 'As reported_last_at, over the verified values.';

CREATE TABLE scorecards (
    association_id uuid NOT NULL,
    year smallint NOT NULL,
    target_count integer NOT NULL,
    weight numeric(24,4) NOT NULL,
    reported_score numeric(28,8) NOT NULL,
    verified_score numeric(28,8) NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT scorecards_pkey PRIMARY KEY (association_id, year),
    CONSTRAINT scorecards_association_id_fkey FOREIGN KEY (association_id) REFERENCES associations (id),
    CONSTRAINT scorecards_score_check CHECK (
        target_count >= 0 AND weight >= 0
        AND reported_score BETWEEN 0 AND weight AND verified_score BETWEEN 0 AND weight
    )
);

CREATE INDEX scorecards_year_idx ON scorecards (year);

COMMENT ON TABLE scorecards IS 'Each association''s year in one row: the sums its score is made of. Derived from targets and actual_totals in the same transaction; its row is the lock of that association and year.';
COMMENT ON COLUMN scorecards.association_id IS 'Whose year.';
COMMENT ON COLUMN scorecards.year IS 'The plan year.';
COMMENT ON COLUMN scorecards.target_count IS 'How many targets are in force.';
COMMENT ON COLUMN scorecards.weight IS 'Sum of the weights of the targets that can be scored.';
COMMENT ON COLUMN scorecards.reported_score IS 'Sum of weight × score over them, on the reported basis.';
COMMENT ON COLUMN scorecards.verified_score IS 'The same on the verified basis.';
COMMENT ON COLUMN scorecards.updated_at IS 'When it last changed.';
