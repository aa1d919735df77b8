//! The integration tests: a real service on a real PostgreSQL, asked over HTTP. One binary, a database per test.

#![expect(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod actuals;
mod associations;
mod command_line;
mod indicators;
mod keys;
mod outage;
mod permissions;
mod private_server;
mod problems;
mod quantity_figures;
mod support;
