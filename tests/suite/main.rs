//! The integration tests: a real service on a real PostgreSQL, asked over HTTP. One binary, a database per test.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod actuals;
mod private_server;
mod quantity_figures;
mod readme;
mod support;
