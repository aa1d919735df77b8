CREATE TABLE reporting_schedules (
    year smallint NOT NULL,
    frequency text NOT NULL,
    due_days smallint NOT NULL,
    within_id uuid,
    kinds text[] NOT NULL,
    levels text[] NOT NULL,
    version integer NOT NULL,
    updated_at timestamptz NOT NULL,
    updated_by uuid,
    CONSTRAINT reporting_schedules_pkey PRIMARY KEY (year),
    CONSTRAINT reporting_schedules_within_id_fkey FOREIGN KEY (within_id) REFERENCES associations (id),
    CONSTRAINT reporting_schedules_year_check CHECK (year BETWEEN 1949 AND 2199),
    CONSTRAINT reporting_schedules_frequency_check CHECK (frequency IN ('monthly', 'quarterly')),
    CONSTRAINT reporting_schedules_due_days_check CHECK (due_days BETWEEN 0 AND 90),
    CONSTRAINT reporting_schedules_kinds_check CHECK (
        kinds <@ ARRAY['federation', 'society', 'industry_association', 'bureau', 'branch', 'other']
    ),
    CONSTRAINT reporting_schedules_levels_check CHECK (
        levels <@ ARRAY['national', 'provincial', 'municipal', 'county', 'township', 'grassroots']
    ),
    CONSTRAINT reporting_schedules_version_check CHECK (version >= 1)
);

CREATE INDEX reporting_schedules_within_id_idx ON reporting_schedules (within_id);

COMMENT ON TABLE reporting_schedules IS 'Who has to report in a year and by when (报送计划). A small table known to every node.';
COMMENT ON COLUMN reporting_schedules.year IS 'The year.';
COMMENT ON COLUMN reporting_schedules.frequency IS 'monthly or quarterly.';
COMMENT ON COLUMN reporting_schedules.due_days IS 'Days after the end of a period by whose end a report is in time.';
COMMENT ON COLUMN reporting_schedules.within_id IS 'Only this association and all below it; null: everywhere.';
COMMENT ON COLUMN reporting_schedules.kinds IS 'Only associations of these kinds; empty: of all.';
COMMENT ON COLUMN reporting_schedules.levels IS 'Only associations of these levels; empty: of all.';
COMMENT ON COLUMN reporting_schedules.version IS 'Counts the changes; the entity tag is made of it.';
COMMENT ON COLUMN reporting_schedules.updated_at IS 'When it last changed.';
COMMENT ON COLUMN reporting_schedules.updated_by IS 'The key that last changed it; null: the command line.';

CREATE TABLE first_reports (
    association_id uuid NOT NULL,
    year smallint NOT NULL,
    month smallint NOT NULL,
    reported_at timestamptz NOT NULL,
    CONSTRAINT first_reports_pkey PRIMARY KEY (association_id, year, month),
    CONSTRAINT first_reports_association_id_fkey FOREIGN KEY (association_id) REFERENCES associations (id),
    CONSTRAINT first_reports_month_check CHECK (month BETWEEN 1 AND 12)
);

-- A year's reports of everybody are read from this index alone.
CREATE INDEX first_reports_year_month_idx ON first_reports (year, month, association_id) INCLUDE (reported_at);

COMMENT ON TABLE first_reports IS 'When the first of the actuals that still count and end in a month was reported; no row where there is none. Derived from actuals in the same transaction.';
COMMENT ON COLUMN first_reports.association_id IS 'Who reported.';
COMMENT ON COLUMN first_reports.year IS 'The year the actual''s period lies in.';
COMMENT ON COLUMN first_reports.month IS 'The month its period ends in, from 1.';
COMMENT ON COLUMN first_reports.reported_at IS 'When it was first stored.';

INSERT INTO first_reports (association_id, year, month, reported_at)
SELECT association_id, year, extract(month FROM period_through)::smallint, min(reported_at)
FROM actuals
WHERE state IN ('reported', 'verified')
GROUP BY association_id, year, extract(month FROM period_through)
ORDER BY association_id, year, extract(month FROM period_through);

CREATE TABLE nil_reports (
    association_id uuid NOT NULL,
    id uuid NOT NULL,
    year smallint NOT NULL,
    period_from date NOT NULL,
    period_through date NOT NULL,
    note text,
    reason text,
    reported_at timestamptz NOT NULL,
    reported_by uuid,
    withdrawn_at timestamptz,
    withdrawn_by uuid,
    CONSTRAINT nil_reports_pkey PRIMARY KEY (association_id, id),
    CONSTRAINT nil_reports_association_id_fkey FOREIGN KEY (association_id) REFERENCES associations (id),
    CONSTRAINT nil_reports_year_check CHECK (year BETWEEN 1949 AND 2199 AND year = extract(year FROM period_from)),
    CONSTRAINT nil_reports_period_check CHECK (
        extract(day FROM period_from) = 1
        AND (
            period_through = (period_from + interval '1 month' - interval '1 day')::date
            OR extract(month FROM period_from) IN (1, 4, 7, 10)
            AND period_through = (period_from + interval '3 months' - interval '1 day')::date
        )
    ),
    CONSTRAINT nil_reports_withdrawn_check CHECK (
        withdrawn_at IS NULL AND withdrawn_by IS NULL OR withdrawn_at IS NOT NULL AND reason IS NOT NULL
    )
);

CREATE UNIQUE INDEX nil_reports_period_key ON nil_reports (association_id, year, period_from, period_through)
    WHERE withdrawn_at IS NULL;
CREATE INDEX nil_reports_year_idx ON nil_reports (year, association_id);

COMMENT ON TABLE nil_reports IS 'Reports that there is nothing to report (零报告). Nothing is ever deleted; of those that stand, one per period.';
COMMENT ON COLUMN nil_reports.association_id IS 'Who reports.';
COMMENT ON COLUMN nil_reports.id IS 'UUIDv7, made by the program.';
COMMENT ON COLUMN nil_reports.year IS 'The year the period lies in.';
COMMENT ON COLUMN nil_reports.period_from IS 'First day of the month or quarter.';
COMMENT ON COLUMN nil_reports.period_through IS 'Its last day.';
COMMENT ON COLUMN nil_reports.note IS 'Remark of whoever reported it.';
COMMENT ON COLUMN nil_reports.reason IS 'Why it was withdrawn, or reported after its period was closed.';
COMMENT ON COLUMN nil_reports.reported_at IS 'When it was reported.';
COMMENT ON COLUMN nil_reports.reported_by IS 'The key that reported it; null: the command line.';
COMMENT ON COLUMN nil_reports.withdrawn_at IS 'When it was withdrawn; null: it stands.';
COMMENT ON COLUMN nil_reports.withdrawn_by IS 'The key that withdrew it; null: the command line, or it stands.';

ALTER TABLE audit_entries
    DROP CONSTRAINT audit_entries_entity_check,
    ADD CONSTRAINT audit_entries_entity_check CHECK (
        entity IN ('association', 'indicator', 'target', 'actual', 'key', 'lock', 'schedule', 'nil_report')
    );
COMMENT ON COLUMN audit_entries.entity IS 'What kind of thing: association, indicator, target, actual, key, lock, schedule or nil_report.';
COMMENT ON COLUMN audit_entries.entity_key IS 'Which one: the code, year/indicator of a target, the id of an actual, key or nil report, the year of a lock or schedule.';
