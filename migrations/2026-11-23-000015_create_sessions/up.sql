CREATE TABLE sessions (
    digest bytea NOT NULL,
    key_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT sessions_pkey PRIMARY KEY (digest),
    CONSTRAINT sessions_key_id_fkey FOREIGN KEY (key_id) REFERENCES keys (id),
    CONSTRAINT sessions_digest_check CHECK (length(digest) = 32),
    CONSTRAINT sessions_expires_at_check CHECK (expires_at > created_at)
);

CREATE INDEX sessions_key_id_idx ON sessions (key_id);
CREATE INDEX sessions_expires_at_idx ON sessions (expires_at);

COMMENT ON TABLE sessions IS 'Browsers that signed in with a key. A small table known to every node.';
COMMENT ON COLUMN sessions.digest IS 'SHA-256 of what the browser holds; that itself is never stored.';
COMMENT ON COLUMN sessions.key_id IS 'The key it signed in with: revoked or expired, it ends the session too.';
COMMENT ON COLUMN sessions.created_at IS 'When it signed in.';
COMMENT ON COLUMN sessions.expires_at IS 'From this moment on it has to sign in again.';
