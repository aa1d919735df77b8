-- Those issued before were about associations of every kind and level, and for those who may see all of them: what a
-- process of the version before issues is so too.
ALTER TABLE bulletins
    ADD COLUMN kind text,
    ADD COLUMN level text,
    ADD COLUMN audience text NOT NULL DEFAULT 'supervisors',
    ADD CONSTRAINT bulletins_kind_check
        CHECK (kind IN ('federation', 'society', 'industry_association', 'bureau', 'branch', 'other')),
    ADD CONSTRAINT bulletins_level_check
        CHECK (level IN ('national', 'provincial', 'municipal', 'county', 'township', 'grassroots')),
    ADD CONSTRAINT bulletins_audience_check CHECK (audience IN ('supervisors', 'members'));

COMMENT ON TABLE bulletins IS 'How a year stood when it was told (通报), numbered per year without gaps; never changed or deleted. A small table known to every node.';
COMMENT ON COLUMN bulletins.kind IS 'Only associations of this kind; null: of every kind.';
COMMENT ON COLUMN bulletins.level IS 'Only associations of this level; null: of every level.';
COMMENT ON COLUMN bulletins.audience IS 'Who may read it: supervisors, who may see everything it is about, or members too, the associations it is about.';
