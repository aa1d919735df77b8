-- What they tell of is gone, and the check that follows does not know it.
DELETE FROM audit_entries WHERE entity IN ('schedule', 'nil_report');
ALTER TABLE audit_entries
    DROP CONSTRAINT audit_entries_entity_check,
    ADD CONSTRAINT audit_entries_entity_check CHECK (entity IN ('association', 'indicator', 'target', 'actual', 'key', 'lock'));
COMMENT ON COLUMN audit_entries.entity IS 'What kind of thing: association, indicator, target, actual, key or lock.';
COMMENT ON COLUMN audit_entries.entity_key IS 'Which one: the code, year/indicator of a target, the id of an actual or key, the year of a lock.';

DROP TABLE nil_reports;
DROP TABLE first_reports;
DROP TABLE reporting_schedules;
