INSERT INTO staged_actuals (
    idx, line, association_id, id, year, indicator_id, value_type, period_from, period_through,
    value, numerator, denominator, qualifier, external_id, performed_by,
    evidence_document, evidence_url, evidence_quote, note, reason, snapshot
)
SELECT *
FROM unnest(
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21
)
