CREATE TABLE keys (
    id uuid NOT NULL,
    name text NOT NULL,
    prefix text COLLATE "C" NOT NULL,
    digest bytea NOT NULL,
    role text NOT NULL,
    scope_id uuid,
    expires_at timestamptz,
    created_at timestamptz NOT NULL,
    created_by uuid,
    last_used_at timestamptz,
    revoked_at timestamptz,
    CONSTRAINT keys_pkey PRIMARY KEY (id),
    CONSTRAINT keys_prefix_key UNIQUE (prefix),
    CONSTRAINT keys_scope_id_fkey FOREIGN KEY (scope_id) REFERENCES associations (id),
    CONSTRAINT keys_created_by_fkey FOREIGN KEY (created_by) REFERENCES keys (id),
    CONSTRAINT keys_name_check CHECK (name <> ''),
    CONSTRAINT keys_digest_check CHECK (length(digest) = 32),
    CONSTRAINT keys_role_check CHECK (role IN ('viewer', 'reporter', 'planner', 'verifier', 'admin'))
);

CREATE INDEX keys_scope_id_idx ON keys (scope_id);
CREATE INDEX keys_created_by_idx ON keys (created_by);

COMMENT ON TABLE keys IS 'API keys. The secret itself is never stored.';
COMMENT ON COLUMN keys.id IS 'UUIDv7, made by the program; also names the actor in the ledger.';
COMMENT ON COLUMN keys.name IS 'What people call the key; shown in lists and access lines.';
COMMENT ON COLUMN keys.prefix IS 'The open part of the secret, by which the row is found.';
COMMENT ON COLUMN keys.digest IS 'SHA-256 of the whole secret.';
COMMENT ON COLUMN keys.role IS 'viewer, reporter, planner, verifier or admin.';
COMMENT ON COLUMN keys.scope_id IS 'The association the key is limited to, with all below it; null: everything.';
COMMENT ON COLUMN keys.expires_at IS 'From this moment on the key is refused; null: never.';
COMMENT ON COLUMN keys.created_at IS 'When it was made.';
COMMENT ON COLUMN keys.created_by IS 'The key that made it; null: the command line.';
COMMENT ON COLUMN keys.last_used_at IS 'Last use, to the minute.';
COMMENT ON COLUMN keys.revoked_at IS 'From this moment on the key is refused.';
