CREATE TABLE actuals (
    association_id uuid NOT NULL,
    id uuid NOT NULL,
    year smallint NOT NULL,
    indicator_id uuid NOT NULL,
    value_type text NOT NULL,
    period_from date NOT NULL,
    period_through date NOT NULL,
    value numeric(20,4),
    numerator numeric(20,4),
    denominator numeric(20,4),
    qualifier text NOT NULL,
    state text NOT NULL,
    verified_value numeric(20,4),
    verified_numerator numeric(20,4),
    verified_denominator numeric(20,4),
    external_id text COLLATE "C",
    performed_by text,
    evidence_document text,
    evidence_url text,
    evidence_quote text,
    note text,
    version integer NOT NULL,
    reason text,
    reported_at timestamptz NOT NULL,
    reported_by uuid,
    updated_at timestamptz NOT NULL,
    updated_by uuid,
    CONSTRAINT actuals_pkey PRIMARY KEY (association_id, id),
    CONSTRAINT actuals_external_id_key UNIQUE (association_id, external_id),
    CONSTRAINT actuals_association_id_fkey FOREIGN KEY (association_id) REFERENCES associations (id),
    CONSTRAINT actuals_indicator_id_fkey
        FOREIGN KEY (indicator_id, value_type) REFERENCES indicators (id, value_type),
    CONSTRAINT actuals_year_check CHECK (year BETWEEN 1949 AND 2199),
    CONSTRAINT actuals_period_check CHECK (
        period_from <= period_through
        AND period_from >= make_date(year, 1, 1) AND period_through <= make_date(year, 12, 31)
    ),
    CONSTRAINT actuals_value_check CHECK (
        CASE WHEN value_type = 'percentage'
            THEN value IS NULL AND numerator IS NOT NULL AND coalesce(denominator, 0) > 0
            ELSE value IS NOT NULL AND numerator IS NULL AND denominator IS NULL
        END
    ),
    CONSTRAINT actuals_milestone_check CHECK (value_type <> 'milestone' OR value IN (0, 1)),
    CONSTRAINT actuals_qualifier_check CHECK (qualifier IN ('exact', 'about', 'at_least')),
    CONSTRAINT actuals_state_check CHECK (state IN ('reported', 'verified', 'rejected', 'voided')),
    CONSTRAINT actuals_verified_check CHECK (
        CASE
            WHEN state = 'verified' AND value_type = 'percentage'
                THEN verified_value IS NULL AND verified_numerator IS NOT NULL AND coalesce(verified_denominator, 0) > 0
            WHEN state = 'verified'
                THEN verified_value IS NOT NULL AND verified_numerator IS NULL AND verified_denominator IS NULL
            ELSE true
        END
    ),
    CONSTRAINT actuals_reason_check CHECK (state NOT IN ('rejected', 'voided') OR reason IS NOT NULL),
    CONSTRAINT actuals_version_check CHECK (version >= 1)
);

CREATE INDEX actuals_association_id_year_indicator_id_idx ON actuals (association_id, year, indicator_id, id);
CREATE INDEX actuals_indicator_id_idx ON actuals (indicator_id, value_type);

COMMENT ON TABLE actuals IS 'The ledger of reported values (实绩). Nothing is ever deleted; what a row said before is in actual_revisions.';
COMMENT ON COLUMN actuals.association_id IS 'Who reports.';
COMMENT ON COLUMN actuals.id IS 'UUIDv7, made by the program.';
COMMENT ON COLUMN actuals.year IS 'The year the period lies in.';
COMMENT ON COLUMN actuals.indicator_id IS 'What was counted.';
COMMENT ON COLUMN actuals.value_type IS 'The indicator''s value type, repeated so that the checks can use it.';
COMMENT ON COLUMN actuals.period_from IS 'First day covered.';
COMMENT ON COLUMN actuals.period_through IS 'Last day covered.';
COMMENT ON COLUMN actuals.value IS 'The value in the indicator''s unit; a milestone is 1 (done) or 0; null for a percentage.';
COMMENT ON COLUMN actuals.numerator IS 'Of a percentage.';
COMMENT ON COLUMN actuals.denominator IS 'Of a percentage; above 0.';
COMMENT ON COLUMN actuals.qualifier IS 'exact, about 约/近/左右, at_least 余/多/以上.';
COMMENT ON COLUMN actuals.state IS 'reported, verified, rejected or voided.';
COMMENT ON COLUMN actuals.verified_value IS 'What the verifier settled on; may differ from value.';
COMMENT ON COLUMN actuals.verified_numerator IS 'Of a percentage.';
COMMENT ON COLUMN actuals.verified_denominator IS 'Of a percentage; above 0.';
COMMENT ON COLUMN actuals.external_id IS 'The client''s own key; makes a submission safe to repeat.';
COMMENT ON COLUMN actuals.performed_by IS 'Who did it, when not the association that reports it.';
COMMENT ON COLUMN actuals.evidence_document IS 'Title of the document that shows it.';
COMMENT ON COLUMN actuals.evidence_url IS 'Where that document is.';
COMMENT ON COLUMN actuals.evidence_quote IS 'The sentence that says it.';
COMMENT ON COLUMN actuals.note IS 'Remark of whoever reported it.';
COMMENT ON COLUMN actuals.version IS 'Counts the changes; the entity tag is made of it.';
COMMENT ON COLUMN actuals.reason IS 'Why it was last amended, verified with another value, rejected or voided.';
COMMENT ON COLUMN actuals.reported_at IS 'When it was first stored.';
COMMENT ON COLUMN actuals.reported_by IS 'The key that reported it; null: the command line.';
COMMENT ON COLUMN actuals.updated_at IS 'When it last changed.';
COMMENT ON COLUMN actuals.updated_by IS 'The key that last changed it; null: the command line.';

CREATE TABLE actual_revisions (
    LIKE actuals,
    CONSTRAINT actual_revisions_pkey PRIMARY KEY (association_id, id, version),
    CONSTRAINT actual_revisions_id_fkey FOREIGN KEY (association_id, id) REFERENCES actuals (association_id, id)
);

COMMENT ON TABLE actual_revisions IS 'What a row of actuals said before each change: the same columns, one row per earlier version.';
DO $$
DECLARE
    described record;
BEGIN
    FOR described IN
        SELECT a.attname, col_description(a.attrelid, a.attnum) AS comment
        FROM pg_attribute a WHERE a.attrelid = 'actuals'::regclass AND a.attnum > 0 AND NOT a.attisdropped
    LOOP
        EXECUTE format('COMMENT ON COLUMN actual_revisions.%I IS %L', described.attname, described.comment);
    END LOOP;
END $$;
