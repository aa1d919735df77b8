ALTER TABLE actuals
    DROP CONSTRAINT actuals_verified_version_check,
    DROP CONSTRAINT actuals_verified_at_check,
    DROP CONSTRAINT actuals_verified_milestone_check,
    DROP CONSTRAINT actuals_verified_check,
    ADD CONSTRAINT actuals_verified_check CHECK (
        CASE
            WHEN state = 'verified' AND value_type = 'percentage'
                THEN verified_value IS NULL AND verified_numerator IS NOT NULL AND coalesce(verified_denominator, 0) > 0
            WHEN state = 'verified'
                THEN verified_value IS NOT NULL AND verified_numerator IS NULL AND verified_denominator IS NULL
            ELSE true
        END
    ),
    DROP COLUMN verified_by,
    DROP COLUMN verified_at,
    DROP COLUMN verified_version;
ALTER TABLE actual_revisions
    DROP COLUMN verified_by,
    DROP COLUMN verified_at,
    DROP COLUMN verified_version;

COMMENT ON COLUMN actuals.verified_value IS 'What the verifier settled on; may differ from value.';
COMMENT ON COLUMN actual_revisions.verified_value IS 'What the verifier settled on; may differ from value.';
