ALTER TABLE bulletins
    DROP CONSTRAINT bulletins_kind_check,
    DROP CONSTRAINT bulletins_level_check,
    DROP CONSTRAINT bulletins_audience_check,
    DROP COLUMN kind,
    DROP COLUMN level,
    DROP COLUMN audience;

COMMENT ON TABLE bulletins IS 'Summaries and rankings of a year as they were issued (通报), numbered per year without gaps; never changed or deleted. A small table known to every node.';
