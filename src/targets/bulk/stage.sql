INSERT INTO staged_targets (idx, line, association_id, association_code, year, indicator_id, body)
SELECT *
FROM unnest($1, $2, $3, $4, $5, $6, $7)
