SELECT named.position, actuals.*
FROM unnest($1, $2) WITH ORDINALITY AS named (association_id, id, position)
JOIN actuals ON actuals.association_id = named.association_id AND actuals.id = named.id
UNION ALL
SELECT named.position, actuals.*
FROM unnest($1, $3) WITH ORDINALITY AS named (association_id, external_id, position)
JOIN actuals ON actuals.association_id = named.association_id AND actuals.external_id = named.external_id
