-- A ranking by an indicator reads its targets of one year, and read those of all years. It leads with the foreign key's column.
CREATE INDEX targets_indicator_id_year_idx ON targets (indicator_id, year);
DROP INDEX targets_indicator_id_idx;
