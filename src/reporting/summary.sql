SELECT period.bit, count(*) AS expected,
    count(*) FILTER (WHERE reports.reported & period.bit <> 0) AS reported,
    count(*) FILTER (WHERE reports.reported & ~reports.actual & period.bit <> 0) AS nil,
    count(*) FILTER (WHERE reports.on_time & period.bit <> 0) AS on_time
FROM expected
LEFT JOIN reports ON reports.association_id = expected.id
JOIN period ON expected.created_at < period.ends_at
GROUP BY period.bit
