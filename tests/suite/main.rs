//! The integration tests: a real service on a real PostgreSQL, asked over HTTP. One binary, a database per test.

mod actuals;
mod private_server;
mod quantity_figures;
mod support;
