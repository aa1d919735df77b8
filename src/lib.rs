//! Plan targets, reported actuals and completion rates for science-and-technology associations.
//!
//! Read it in the order of the modules below: each names only modules above it (a test keeps that).

#[expect(missing_docs, reason = "printed by diesel from the comments of the migrations")]
#[rustfmt::skip]
pub mod schema;
pub mod config;
pub mod error;
pub mod database;
pub mod state;
pub mod http;
pub mod period;
pub mod decimal;
pub mod quantity;
pub mod tabular;
pub mod exports;
pub mod batch;
pub mod auth;
pub mod audit;
pub mod keys;
pub mod locks;
pub mod idempotency;
pub mod associations;
pub mod indicators;
pub mod rule;
pub mod scorecards;
pub mod targets;
pub mod actuals;
pub mod ledger;
pub mod completion;
pub mod trends;
pub mod laggards;
pub mod reporting;
pub mod standings;
pub mod rankings;
pub mod bulletins;
pub mod exchange;
pub mod pages;
pub mod health;
pub mod api;
pub mod server;
pub mod demo;
pub mod commands;
