//! What the tests share: a service of one's own, people who call it, and what they get.

mod app;
pub mod batch;
pub mod browser;
mod crowd;
pub mod database;
pub mod demo;
pub mod files;
pub mod laggards;
pub mod ledger;
pub mod model;
pub mod pages;
mod person;
mod program;
pub mod region;
pub mod reporting;
mod visitor;
pub mod workbook;

pub use app::App;
pub use browser::Browser;
pub use crowd::at_once;
pub use person::{Person, Reply};
pub use program::{Serving, data_dir, kpi};
pub use visitor::{Shown, Visitor};
