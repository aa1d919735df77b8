//! Plan targets, reported actuals and completion rates for science-and-technology associations.
//!
//! Read it in the order of the modules below: each names only modules above it (a test keeps that).

#[expect(missing_docs, reason = "printed by diesel from the comments of the migrations")]
#[rustfmt::skip]
pub mod schema;
pub mod actuals;
pub mod api;
pub mod associations;
pub mod auth;
pub mod completion;
pub mod config;
pub mod database;
pub mod decimal;
pub mod demo;
pub mod error;
pub mod health;
pub mod http;
pub mod indicators;
pub mod period;
pub mod quantity;
pub mod rule;
pub mod scorecards;
pub mod server;
pub mod state;
pub mod targets;
