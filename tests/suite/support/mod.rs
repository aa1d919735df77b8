//! What the tests share: a service of one's own, people who call it, and what they get.

mod app;
mod database;
mod person;

pub use app::App;
pub use person::{Person, Reply};
