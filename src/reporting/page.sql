SELECT id, code, name, created_at
FROM expected
WHERE code > $8
ORDER BY code
LIMIT $9
