INSERT INTO audit_entries (
    association_id, id, at, entity, entity_key, action, key_id, actor, request_id, reason, before, after
)
SELECT association_id, id, $3, $4, id::text, $5, $6, $7, $8, reason, NULL, snapshot::jsonb
FROM staged_actuals
WHERE status = 'created' AND idx >= $1 AND idx < $2
ORDER BY association_id, idx
