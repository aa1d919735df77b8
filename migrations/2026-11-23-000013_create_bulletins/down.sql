COMMENT ON COLUMN audit_entries.entity IS 'What kind of thing: association, indicator, target, actual, key, lock, schedule or nil_report.';
COMMENT ON COLUMN audit_entries.entity_key IS 'Which one: the code, year/indicator of a target, the id of an actual, key or nil report, the year of a lock or schedule.';

-- They tell of what goes with the table.
DELETE FROM audit_entries WHERE entity = 'bulletin';
ALTER TABLE audit_entries
    DROP CONSTRAINT audit_entries_entity_check,
    ADD CONSTRAINT audit_entries_entity_check CHECK (
        entity IN ('association', 'indicator', 'target', 'actual', 'key', 'lock', 'schedule', 'nil_report')
    );
DROP TABLE bulletins;
