SELECT lines.status, count(*) AS count
FROM ({judged}) AS lines
GROUP BY lines.status
