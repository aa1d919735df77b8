WITH expected AS (
    SELECT id, code, name, created_at
    FROM associations
    WHERE path >= $1 AND path < $2
        AND status <> 'dissolved'
        AND ($3 IS NULL OR parent_id = $3)
        AND (cardinality($4) = 0 OR kind = ANY ($4))
        AND (cardinality($5) = 0 OR level = ANY ($5))
        AND ($6 IS NULL OR kind = $6)
        AND ($7 IS NULL OR level = $7)
)
