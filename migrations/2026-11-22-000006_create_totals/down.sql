DROP TABLE scorecards;
DROP TABLE actual_totals;
