CREATE TABLE audit_entries (
    association_id uuid NOT NULL,
    id uuid NOT NULL,
    at timestamptz NOT NULL,
    entity text NOT NULL,
    entity_key text COLLATE "C" NOT NULL,
    action text NOT NULL,
    key_id uuid,
    actor text NOT NULL,
    request_id text,
    reason text,
    before jsonb,
    after jsonb,
    CONSTRAINT audit_entries_pkey PRIMARY KEY (association_id, id),
    CONSTRAINT audit_entries_entity_check CHECK (entity IN ('association', 'indicator', 'target', 'actual', 'key', 'lock')),
    CONSTRAINT audit_entries_change_check CHECK (before IS NOT NULL OR after IS NOT NULL)
);

CREATE INDEX audit_entries_id_idx ON audit_entries (id);
CREATE INDEX audit_entries_entity_key_id_idx ON audit_entries (entity_key, id);
CREATE INDEX audit_entries_key_id_id_idx ON audit_entries (key_id, id);
CREATE INDEX audit_entries_request_id_id_idx ON audit_entries (request_id, id) WHERE request_id IS NOT NULL;
-- Entries come in the order of time, so a few bytes per block range suffice.
CREATE INDEX audit_entries_at_idx ON audit_entries USING brin (at);

COMMENT ON TABLE audit_entries IS 'Who changed what and when: one row per write, made in the same transaction, never changed or deleted.';
COMMENT ON COLUMN audit_entries.association_id IS 'Whose data changed; outlives a deleted association, so no foreign key. The nil UUID: what belongs to no association.';
COMMENT ON COLUMN audit_entries.id IS 'UUIDv7, made by the program; the order of the entries.';
COMMENT ON COLUMN audit_entries.at IS 'When it was done.';
COMMENT ON COLUMN audit_entries.entity IS 'What kind of thing: association, indicator, target, actual, key or lock.';
COMMENT ON COLUMN audit_entries.entity_key IS 'Which one: the code, year/indicator of a target, the id of an actual or key, the year of a lock.';
COMMENT ON COLUMN audit_entries.action IS 'What was done to it, as a code.';
COMMENT ON COLUMN audit_entries.key_id IS 'The key that did it; null: the command line.';
COMMENT ON COLUMN audit_entries.actor IS 'What that key was called.';
COMMENT ON COLUMN audit_entries.request_id IS 'X-Request-Id of the request, which finds it in the access log; null: the command line.';
COMMENT ON COLUMN audit_entries.reason IS 'Why, where the write says so.';
COMMENT ON COLUMN audit_entries.before IS 'What it was, as the API writes it; null where it was new.';
COMMENT ON COLUMN audit_entries.after IS 'What it became, as the API writes it; null where it was removed.';
