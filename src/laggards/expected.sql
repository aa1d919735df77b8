0.0001 * CASE
    WHEN {day} < make_date({year}, 1, 1) THEN 0
    WHEN plan IS NULL THEN least(
        10000 * (least({day}, make_date({year}, 12, 31)) - make_date({year}, 1, 1) + 1)
            / (due_on - make_date({year}, 1, 1) + 1),
        10000
    )
    WHEN {day} > make_date({year}, 12, 31) THEN 10000
    ELSE (10000 * coalesce(plan[extract(month FROM {day})::integer - 1], 0))::integer
        + (10000 * (plan[extract(month FROM {day})::integer]
            - coalesce(plan[extract(month FROM {day})::integer - 1], 0)))::integer
        * extract(day FROM {day})::integer
        / extract(day FROM date_trunc('month', {day}::timestamp) + interval '1 month - 1 day')::integer
END
