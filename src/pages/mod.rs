//! Pages (页面): what people open in a browser, made on the server from the same answers as the API's.
//!
//! Nothing here computes a figure. Each page is a handler that asks for answers and a function that lays them out; the
//! text stands where it is shown, in both languages.

pub mod actual;
pub mod assets;
pub mod bulletin;
mod bulletin_fields;
pub mod bulletins;
pub mod association;
mod awaited;
mod bullet;
mod changes;
mod chart;
mod curve;
mod details;
mod doubts;
mod effects;
pub mod export;
mod fields;
mod figures;
pub mod indicator;
pub mod issue;
mod history;
mod lagging;
mod layout;
pub mod line;
mod lines;
mod outcome;
pub mod overview;
pub mod parts;
mod saved;
pub mod shell;
pub mod sign_in;
pub mod submit;
pub mod upload;
mod verify;
mod visit;
pub mod waiting;
mod wording;

pub use visit::{Visit, Visitor};
