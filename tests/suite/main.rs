//! The integration tests: a real service on a real PostgreSQL, asked over HTTP. One binary, a database per test.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod actual_changes;
mod actuals;
mod architecture;
mod associations;
mod audit;
mod batch_changes;
mod batch_crashes;
mod batch_formats;
mod batch_large;
mod batch_model;
mod batch_races;
mod batch_retries;
mod batch_rows;
mod batch_targets;
mod batch_uploads;
mod batch_workbooks;
mod batches;
mod browser_bulletins;
mod browser_corrections;
mod browser_journeys;
mod browser_keyboard;
mod browser_looks;
mod bulletins;
mod bulletins_audience;
mod bulletins_tables;
mod command_line;
mod completion;
mod completion_as_of;
mod completion_detail;
mod completion_subtree;
mod concurrency;
mod constraints;
mod contract;
mod contract_examples;
mod demo;
mod design_rules;
mod exchange_commands;
mod exchange_outages;
mod exports;
mod exports_bulletins;
mod exports_numbers;
mod exports_workbooks;
mod generate;
mod indicators;
mod keys;
mod laggard_lines;
mod laggard_pages;
mod laggards;
mod ledger_model;
mod limits;
mod lists_unchanged;
mod locks;
mod migrations;
mod outage;
mod pages_actual;
mod pages_association;
mod pages_bulletin;
mod pages_doors;
mod pages_doubts;
mod pages_issue;
mod pages_line;
mod pages_overview;
mod pages_parts;
mod pages_report;
mod pages_rows;
mod pages_upload;
mod pages_verify;
mod pages_waiting;
mod past_days;
mod periods_to_come;
mod permissions;
mod private_server;
mod problems;
mod quantity_figures;
mod query_plans;
mod rankings;
mod read_your_writes;
mod readme;
mod reporting;
mod reporting_ledger;
mod reporting_model;
mod reporting_nil;
mod reporting_size;
mod screenshots;
mod standings;
mod support;
mod target_revisions;
mod targets;
mod templates;
mod trends;
mod upgrade;
mod verification;
mod verify;
mod verify_beside;
mod wording;
mod wording_chinese;
