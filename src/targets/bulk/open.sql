CREATE TEMPORARY TABLE staged_targets (
    idx bigint NOT NULL,
    line bigint,
    status text NOT NULL DEFAULT 'created',
    association_id uuid NOT NULL,
    association_code text NOT NULL,
    year smallint NOT NULL,
    indicator_id uuid NOT NULL,
    body text NOT NULL
) ON COMMIT DROP
