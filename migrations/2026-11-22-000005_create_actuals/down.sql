DROP TABLE actual_revisions;
DROP TABLE actuals;
