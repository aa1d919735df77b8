ALTER TABLE actuals
    ADD COLUMN verified_version integer,
    ADD COLUMN verified_at timestamptz,
    ADD COLUMN verified_by uuid;
ALTER TABLE actual_revisions
    ADD COLUMN verified_version integer,
    ADD COLUMN verified_at timestamptz,
    ADD COLUMN verified_by uuid;

-- The API could not verify before; a row verified by hand is taken for verified when it last changed.
UPDATE actuals SET verified_version = version, verified_at = updated_at, verified_by = updated_by WHERE state = 'verified';

ALTER TABLE actuals
    DROP CONSTRAINT actuals_verified_check,
    ADD CONSTRAINT actuals_verified_check CHECK (
        CASE
            WHEN verified_version IS NULL
                THEN num_nonnulls(verified_value, verified_numerator, verified_denominator, verified_at, verified_by) = 0
            WHEN value_type = 'percentage'
                THEN verified_value IS NULL AND verified_numerator IS NOT NULL AND coalesce(verified_denominator, 0) > 0
            ELSE verified_value IS NOT NULL AND verified_numerator IS NULL AND verified_denominator IS NULL
        END
    ),
    ADD CONSTRAINT actuals_verified_milestone_check CHECK (value_type <> 'milestone' OR verified_value IN (0, 1)),
    ADD CONSTRAINT actuals_verified_at_check CHECK ((verified_version IS NULL) = (verified_at IS NULL)),
    -- Every later change makes a version of its own: the verified state and the verified version go together.
    ADD CONSTRAINT actuals_verified_version_check CHECK (
        coalesce(verified_version, 1) BETWEEN 1 AND version
        AND (state = 'verified') = (coalesce(verified_version, 0) = version)
    );

COMMENT ON COLUMN actuals.verified_value IS 'What the verifier last settled on; may differ from value. Kept when the actual is amended or rejected.';
COMMENT ON COLUMN actuals.verified_version IS 'The version that the last verification made; null: never verified. Changed since where version is higher.';
COMMENT ON COLUMN actuals.verified_at IS 'When it was last verified.';
COMMENT ON COLUMN actuals.verified_by IS 'The key that last verified it; null: the command line, or never verified.';
COMMENT ON COLUMN actual_revisions.verified_value IS 'What the verifier last settled on; may differ from value. Kept when the actual is amended or rejected.';
COMMENT ON COLUMN actual_revisions.verified_version IS 'The version that the last verification made; null: never verified. Changed since where version is higher.';
COMMENT ON COLUMN actual_revisions.verified_at IS 'When it was last verified.';
COMMENT ON COLUMN actual_revisions.verified_by IS 'The key that last verified it; null: the command line, or never verified.';
