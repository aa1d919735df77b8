CREATE TABLE locks (
    year smallint NOT NULL,
    closed_through date,
    reason text NOT NULL,
    version integer NOT NULL,
    updated_at timestamptz NOT NULL,
    updated_by uuid,
    CONSTRAINT locks_pkey PRIMARY KEY (year),
    CONSTRAINT locks_year_check CHECK (year BETWEEN 1949 AND 2199),
    CONSTRAINT locks_closed_through_check CHECK (
        closed_through BETWEEN make_date(year, 1, 1) AND make_date(year, 12, 31)
    ),
    CONSTRAINT locks_version_check CHECK (version >= 1)
);

COMMENT ON TABLE locks IS 'Which periods of a year are closed; a year without a row is open. A small table known to every node.';
COMMENT ON COLUMN locks.year IS 'The year.';
COMMENT ON COLUMN locks.closed_through IS 'Periods that end on or before this day are closed; null: all are open again.';
COMMENT ON COLUMN locks.reason IS 'Why they were closed or opened.';
COMMENT ON COLUMN locks.version IS 'Counts the changes; the entity tag is made of it.';
COMMENT ON COLUMN locks.updated_at IS 'When it last changed.';
COMMENT ON COLUMN locks.updated_by IS 'The key that last changed it; null: the command line.';
