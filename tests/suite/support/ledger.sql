-- Where actual_totals differ from what follows from the ledger, and from which side.
WITH counted AS (
    SELECT association_id, year, indicator_id, 'reported' AS basis, id, qualifier, period_from, period_through, reported_at,
        coalesce(value, numerator) AS value, coalesce(denominator, 0) AS denominator
    FROM actuals WHERE state IN ('reported', 'verified')
    UNION ALL
    SELECT association_id, year, indicator_id, 'verified', id,
        -- What a verifier settled on instead of the reported figure is exact.
        CASE WHEN (verified_value, verified_numerator, verified_denominator) IS DISTINCT FROM (value, numerator, denominator)
            THEN 'exact' ELSE qualifier END, period_from, period_through, reported_at,
        coalesce(verified_value, verified_numerator), coalesce(verified_denominator, 0)
    FROM actuals WHERE state = 'verified'
),
ranked AS (
    SELECT counted.*, indicators.accumulation <> 'latest' OR row_number() OVER (
            PARTITION BY association_id, year, indicator_id, basis
            ORDER BY period_through DESC, reported_at DESC, counted.id DESC
        ) = 1 AS is_part
    FROM counted JOIN indicators ON indicators.id = indicator_id
),
follows AS (
    SELECT association_id, year, indicator_id, basis, count(*),
        sum(value) FILTER (WHERE is_part), sum(denominator) FILTER (WHERE is_part),
        count(*) FILTER (WHERE is_part AND qualifier <> 'exact'),
        min(period_from), max(period_through), max(reported_at)
    FROM ranked GROUP BY association_id, year, indicator_id, basis
),
kept AS (
    SELECT association_id, year, indicator_id, 'reported' AS basis, reported_count, reported_value, reported_denominator,
        reported_inexact_count, reported_from, reported_through, reported_last_at
    FROM actual_totals
    UNION ALL
    SELECT association_id, year, indicator_id, 'verified', verified_count, verified_value, verified_denominator,
        verified_inexact_count, verified_from, verified_through, verified_last_at
    FROM actual_totals
),
nothing AS (
    SELECT association_id, year, indicator_id, basis, 0, 0, 0, 0, NULL::date, NULL::date, NULL::timestamptz
    FROM kept WHERE NOT EXISTS (
        SELECT FROM follows
        WHERE (follows.association_id, follows.year, follows.indicator_id, follows.basis)
            = (kept.association_id, kept.year, kept.indicator_id, kept.basis)
    )
),
expected AS (SELECT * FROM follows UNION ALL SELECT * FROM nothing)
(SELECT 'follows from the ledger', * FROM expected EXCEPT SELECT 'follows from the ledger', * FROM kept)
UNION ALL
(SELECT 'is kept', * FROM kept EXCEPT SELECT 'is kept', * FROM expected)
