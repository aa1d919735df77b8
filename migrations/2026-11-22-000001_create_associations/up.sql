CREATE TABLE associations (
    id uuid NOT NULL,
    code text COLLATE "C" NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    level text NOT NULL,
    status text NOT NULL,
    parent_id uuid,
    path text COLLATE "C" NOT NULL,
    aliases text[] NOT NULL,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT associations_pkey PRIMARY KEY (id),
    CONSTRAINT associations_code_key UNIQUE (code),
    CONSTRAINT associations_path_key UNIQUE (path),
    CONSTRAINT associations_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES associations (id),
    CONSTRAINT associations_code_check CHECK (code ~ '^[a-z0-9][a-z0-9._-]{0,63}$'),
    CONSTRAINT associations_name_check CHECK (name <> ''),
    CONSTRAINT associations_kind_check
        CHECK (kind IN ('federation', 'society', 'industry_association', 'bureau', 'branch', 'other')),
    CONSTRAINT associations_level_check
        CHECK (level IN ('national', 'provincial', 'municipal', 'county', 'township', 'grassroots')),
    CONSTRAINT associations_status_check CHECK (status IN ('preparing', 'active', 'dissolved')),
    CONSTRAINT associations_parent_id_check CHECK (parent_id <> id),
    CONSTRAINT associations_path_check CHECK (path LIKE '/%/' AND path LIKE '%/' || code || '/'),
    CONSTRAINT associations_version_check CHECK (version >= 1)
);

CREATE INDEX associations_parent_id_idx ON associations (parent_id);

COMMENT ON TABLE associations IS 'Who plans and reports (组织): a tree of federations, societies, associations and bureaus. Small; known to every node.';
COMMENT ON COLUMN associations.id IS 'UUIDv7, made by the program.';
COMMENT ON COLUMN associations.code IS 'The client''s own name for the association; never changes.';
COMMENT ON COLUMN associations.name IS 'Full official name, as on documents.';
COMMENT ON COLUMN associations.kind IS 'federation 科协, society 学会, industry_association 协会, bureau 科技局/科委, branch 分会, other.';
COMMENT ON COLUMN associations.level IS 'Administrative level: national … grassroots.';
COMMENT ON COLUMN associations.status IS 'Life: preparing 筹建, active, dissolved.';
COMMENT ON COLUMN associations.parent_id IS 'The association above it, if any.';
COMMENT ON COLUMN associations.path IS 'Codes from the root down to this association, each between slashes: /chuzhou/chuzhou-medical/. All below X have a path that starts with X''s.';
COMMENT ON COLUMN associations.aliases IS 'Other names it goes by (区财会学会 = 区财政会计学会).';
COMMENT ON COLUMN associations.version IS 'Counts the changes; the entity tag is made of it.';
COMMENT ON COLUMN associations.created_at IS 'When it was first stored.';
COMMENT ON COLUMN associations.updated_at IS 'When it last changed.';
