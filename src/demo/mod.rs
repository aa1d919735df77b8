//! The demo: plans and reports of real documents, loaded the way a client's are; and a large invented tree, to see the
//! service with as much in it as a province has.
//!
//! What is there already stays as it is.

pub mod generate;
mod load;

pub use load::{Loaded, load};
