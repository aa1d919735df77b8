WITH inserted AS (
    INSERT INTO actuals (
        association_id, id, year, indicator_id, value_type, period_from, period_through,
        value, numerator, denominator, qualifier, state, external_id, performed_by,
        evidence_document, evidence_url, evidence_quote, note, version, reason,
        reported_at, reported_by, updated_at, updated_by
    )
    SELECT association_id, id, year, indicator_id, value_type, period_from, period_through,
        value, numerator, denominator, qualifier, 'reported', external_id, performed_by,
        evidence_document, evidence_url, evidence_quote, note, 1, reason,
        $3, $4, $3, $4
    FROM staged_actuals
    WHERE status = 'created' AND idx >= $1 AND idx < $2
    ORDER BY association_id, idx
    ON CONFLICT (association_id, external_id) DO NOTHING
    RETURNING 1
)
SELECT count(*) AS count FROM inserted
