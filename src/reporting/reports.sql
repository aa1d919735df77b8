, month AS (
    SELECT * FROM unnest($8, $9, $10, $11, $12) AS month (number, bit, ends_at, late_at, is_due)
),
period AS (
    SELECT bit, ends_at, late_at, is_due, min(number) AS first_month, max(number) AS last_month
    FROM month
    GROUP BY bit, ends_at, late_at, is_due
),
-- One row for each association with a bit for each period: a row for each of both would be twelve times as many.
reports AS (
    SELECT association_id, bit_or(actual) AS actual, bit_or(bit) AS reported, bit_or(on_time) AS on_time
    FROM (
        SELECT association_id, bit, bit AS actual, CASE WHEN reported_at < late_at THEN bit ELSE 0 END AS on_time
        FROM first_reports
        JOIN month ON month.number = first_reports.month
        WHERE year = $13
        UNION ALL
        SELECT association_id, bit, 0, CASE WHEN reported_at < late_at THEN bit ELSE 0 END
        FROM nil_reports
        JOIN period
            ON extract(month FROM nil_reports.period_from) <= period.first_month
            AND extract(month FROM nil_reports.period_through) >= period.last_month
        WHERE year = $13 AND withdrawn_at IS NULL
    ) AS single
    GROUP BY association_id
)
