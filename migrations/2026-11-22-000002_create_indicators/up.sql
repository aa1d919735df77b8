CREATE TABLE indicators (
    id uuid NOT NULL,
    code text COLLATE "C" NOT NULL,
    name text NOT NULL,
    category text NOT NULL,
    parent_id uuid,
    unit text NOT NULL,
    value_type text NOT NULL,
    direction text NOT NULL,
    accumulation text NOT NULL,
    is_additive boolean NOT NULL,
    decimals smallint NOT NULL,
    definition text,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT indicators_pkey PRIMARY KEY (id),
    CONSTRAINT indicators_code_key UNIQUE (code),
    CONSTRAINT indicators_id_value_type_key UNIQUE (id, value_type),
    CONSTRAINT indicators_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES indicators (id),
    CONSTRAINT indicators_code_check CHECK (code ~ '^[a-z0-9][a-z0-9._-]{0,63}$'),
    CONSTRAINT indicators_name_check CHECK (name <> ''),
    CONSTRAINT indicators_unit_check CHECK (unit <> ''),
    CONSTRAINT indicators_parent_id_check CHECK (parent_id <> id),
    CONSTRAINT indicators_value_type_check CHECK (value_type IN ('number', 'percentage', 'milestone')),
    CONSTRAINT indicators_direction_check CHECK (direction IN ('higher_is_better', 'lower_is_better')),
    CONSTRAINT indicators_accumulation_check CHECK (
        CASE accumulation
            WHEN 'sum' THEN value_type = 'number'
            WHEN 'latest' THEN true
            WHEN 'ratio' THEN value_type = 'percentage'
            ELSE false
        END
    ),
    CONSTRAINT indicators_percentage_check CHECK (value_type <> 'percentage' OR unit = '%'),
    CONSTRAINT indicators_decimals_check CHECK (decimals BETWEEN 0 AND 4),
    CONSTRAINT indicators_version_check CHECK (version >= 1)
);

CREATE INDEX indicators_parent_id_idx ON indicators (parent_id);
CREATE INDEX indicators_category_idx ON indicators (category);

COMMENT ON TABLE indicators IS 'What is counted (指标), in one canonical unit. Small; known to every node.';
COMMENT ON COLUMN indicators.id IS 'UUIDv7, made by the program.';
COMMENT ON COLUMN indicators.code IS 'The client''s own name for the indicator; never changes.';
COMMENT ON COLUMN indicators.name IS 'The name as plans write it (脱贫户数).';
COMMENT ON COLUMN indicators.category IS 'Group it is shown under (科普, 培训, 知识产权 …).';
COMMENT ON COLUMN indicators.parent_id IS 'The indicator it is a breakdown of (国家级项目 under 科技项目), if any.';
COMMENT ON COLUMN indicators.unit IS 'Canonical unit; every stored value is in it.';
COMMENT ON COLUMN indicators.value_type IS 'number, percentage (actuals carry numerator and denominator) or milestone (done or not). Fixed once in use.';
COMMENT ON COLUMN indicators.direction IS 'higher_is_better or lower_is_better. Fixed once in use.';
COMMENT ON COLUMN indicators.accumulation IS 'How a year''s actuals combine: sum, latest, ratio. Fixed once in use.';
COMMENT ON COLUMN indicators.is_additive IS 'Whether it may be summed over associations (a rank may not).';
COMMENT ON COLUMN indicators.decimals IS 'Decimals to show, 0 to 4; storage always keeps 4.';
COMMENT ON COLUMN indicators.definition IS 'What counts and what does not (统计口径).';
COMMENT ON COLUMN indicators.version IS 'Counts the changes; the entity tag is made of it.';
COMMENT ON COLUMN indicators.created_at IS 'When it was first stored.';
COMMENT ON COLUMN indicators.updated_at IS 'When it last changed.';
