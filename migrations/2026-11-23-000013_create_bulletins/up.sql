CREATE TABLE bulletins (
    year smallint NOT NULL,
    number integer NOT NULL,
    scope_id uuid,
    title text NOT NULL,
    as_of date NOT NULL,
    basis text NOT NULL,
    association_count integer NOT NULL,
    content text NOT NULL,
    issued_at timestamptz NOT NULL,
    issued_by uuid,
    CONSTRAINT bulletins_pkey PRIMARY KEY (year, number),
    CONSTRAINT bulletins_scope_id_fkey FOREIGN KEY (scope_id) REFERENCES associations (id),
    CONSTRAINT bulletins_year_check CHECK (year BETWEEN 1949 AND 2199),
    CONSTRAINT bulletins_number_check CHECK (number >= 1),
    CONSTRAINT bulletins_title_check CHECK (title <> ''),
    CONSTRAINT bulletins_basis_check CHECK (basis IN ('reported', 'verified')),
    CONSTRAINT bulletins_association_count_check CHECK (association_count >= 0)
);

CREATE INDEX bulletins_scope_id_idx ON bulletins (scope_id);

COMMENT ON TABLE bulletins IS 'Summaries and rankings of a year as they were issued (通报), numbered per year without gaps; never changed or deleted. A small table known to every node.';
COMMENT ON COLUMN bulletins.year IS 'The plan year.';
COMMENT ON COLUMN bulletins.number IS '1, 2, 3 … in the year.';
COMMENT ON COLUMN bulletins.scope_id IS 'The association it is about, with all below it; null: everybody.';
COMMENT ON COLUMN bulletins.title IS 'What it is called.';
COMMENT ON COLUMN bulletins.as_of IS 'The day its figures stand for.';
COMMENT ON COLUMN bulletins.basis IS 'Which figures count: reported or verified.';
COMMENT ON COLUMN bulletins.association_count IS 'How many associations its summary lists.';
COMMENT ON COLUMN bulletins.content IS 'The whole of it as JSON, byte for byte as it is answered.';
COMMENT ON COLUMN bulletins.issued_at IS 'When it was issued.';
COMMENT ON COLUMN bulletins.issued_by IS 'The key that issued it; null: the command line.';

ALTER TABLE audit_entries
    DROP CONSTRAINT audit_entries_entity_check,
    ADD CONSTRAINT audit_entries_entity_check
        CHECK (entity IN (
        'association', 'indicator', 'target', 'actual', 'key', 'lock', 'schedule', 'nil_report', 'bulletin'
    ));

COMMENT ON COLUMN audit_entries.entity IS 'What kind of thing: association, indicator, target, actual, key, lock, schedule, nil_report or bulletin.';
COMMENT ON COLUMN audit_entries.entity_key IS 'Which one: the code, year/indicator of a target, the id of an actual, key or nil report, the year of a lock or schedule, year/number of a bulletin.';
