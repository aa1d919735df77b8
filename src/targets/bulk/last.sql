SELECT DISTINCT ON (named.position) named.position, targets.*
FROM unnest($1, $2, $3) WITH ORDINALITY AS named (association_id, year, indicator_id, position)
JOIN targets
    ON targets.association_id = named.association_id
    AND targets.year = named.year
    AND targets.indicator_id = named.indicator_id
ORDER BY named.position, targets.revision DESC
