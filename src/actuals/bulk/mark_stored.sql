UPDATE staged_actuals
SET id = actuals.id,
    status = CASE
        WHEN staged_actuals.indicator_id = actuals.indicator_id
            AND staged_actuals.period_from = actuals.period_from
            AND staged_actuals.period_through = actuals.period_through
            AND staged_actuals.value IS NOT DISTINCT FROM actuals.value
            AND staged_actuals.numerator IS NOT DISTINCT FROM actuals.numerator
            AND staged_actuals.denominator IS NOT DISTINCT FROM actuals.denominator
            AND staged_actuals.qualifier = actuals.qualifier
            AND staged_actuals.performed_by IS NOT DISTINCT FROM actuals.performed_by
            AND staged_actuals.evidence_document IS NOT DISTINCT FROM actuals.evidence_document
            AND staged_actuals.evidence_url IS NOT DISTINCT FROM actuals.evidence_url
            AND staged_actuals.evidence_quote IS NOT DISTINCT FROM actuals.evidence_quote
            AND staged_actuals.note IS NOT DISTINCT FROM actuals.note
        THEN 'unchanged'
        ELSE 'conflicting'
    END
FROM actuals
WHERE staged_actuals.status = 'created'
    AND actuals.association_id = staged_actuals.association_id
    AND actuals.external_id = staged_actuals.external_id
