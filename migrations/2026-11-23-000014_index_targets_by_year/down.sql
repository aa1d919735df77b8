CREATE INDEX targets_indicator_id_idx ON targets (indicator_id);
DROP INDEX targets_indicator_id_year_idx;
