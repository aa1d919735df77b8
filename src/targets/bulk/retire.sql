UPDATE targets
SET is_current = false
FROM unnest($1, $2, $3) AS named (association_id, year, indicator_id)
WHERE targets.association_id = named.association_id
    AND targets.year = named.year
    AND targets.indicator_id = named.indicator_id
    AND targets.is_current
