DECLARE plans NO SCROLL CURSOR FOR
SELECT staged_targets.idx, staged_targets.line, staged_targets.association_id, staged_targets.association_code,
    staged_targets.year, staged_targets.indicator_id, staged_targets.body,
    associations.status = 'dissolved' AS is_dissolved, locks.closed_through
FROM staged_targets
JOIN associations ON associations.id = staged_targets.association_id
LEFT JOIN locks ON locks.year = staged_targets.year
WHERE staged_targets.status = 'created'
ORDER BY staged_targets.association_id, staged_targets.year, staged_targets.indicator_id
