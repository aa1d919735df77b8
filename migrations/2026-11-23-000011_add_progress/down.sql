ALTER TABLE actual_totals
    DROP CONSTRAINT actual_totals_progress_check,
    DROP COLUMN due_on,
    DROP COLUMN plan,
    DROP COLUMN reported_progress,
    DROP COLUMN verified_progress;
ALTER TABLE scorecards
    DROP CONSTRAINT scorecards_met_count_check,
    DROP CONSTRAINT scorecards_version_check,
    DROP COLUMN version,
    DROP COLUMN reported_met_count,
    DROP COLUMN verified_met_count;

COMMENT ON TABLE actual_totals IS 'A year''s actuals of one association and indicator, combined as the indicator''s accumulation says. Derived from actuals in the same transaction.';
