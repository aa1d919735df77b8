CREATE TABLE idempotency_keys (
    key_id uuid NOT NULL,
    name text COLLATE "C" NOT NULL,
    fingerprint bytea NOT NULL,
    status smallint NOT NULL,
    content_type text NOT NULL,
    location text,
    entity_tag text,
    body text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (key_id, name),
    CONSTRAINT idempotency_keys_key_id_fkey FOREIGN KEY (key_id) REFERENCES keys (id),
    CONSTRAINT idempotency_keys_fingerprint_check CHECK (length(fingerprint) = 32),
    CONSTRAINT idempotency_keys_status_check CHECK (status BETWEEN 200 AND 299)
);

CREATE INDEX idempotency_keys_created_at_idx ON idempotency_keys (created_at);

COMMENT ON TABLE idempotency_keys IS 'Answers to requests that came with an Idempotency-Key, written in the transaction of what they did and kept for a day.';
COMMENT ON COLUMN idempotency_keys.key_id IS 'The API key the request came with.';
COMMENT ON COLUMN idempotency_keys.name IS 'The Idempotency-Key itself.';
COMMENT ON COLUMN idempotency_keys.fingerprint IS 'SHA-256 of method, path, query and body: the same name with another one is refused.';
COMMENT ON COLUMN idempotency_keys.status IS 'HTTP status of the answer.';
COMMENT ON COLUMN idempotency_keys.content_type IS 'Its Content-Type.';
COMMENT ON COLUMN idempotency_keys.location IS 'Its Location.';
COMMENT ON COLUMN idempotency_keys.entity_tag IS 'Its ETag.';
COMMENT ON COLUMN idempotency_keys.body IS 'Its body.';
COMMENT ON COLUMN idempotency_keys.created_at IS 'When it was answered.';
