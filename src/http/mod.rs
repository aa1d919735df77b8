//! What all routes share about HTTP: bodies, parameters, entity tags, pages, languages, the access line.
//!
//! Knows no feature.

mod answer;
mod body;
mod conditional;
mod language;
mod members;
mod observe;
mod page;
mod parameter;
mod tag;

pub use answer::Answer;
pub use body::{Becoming, Patch, Valid, parse, require_media_type, shape};
pub use conditional::{Computed, Conditional, NotModified};
pub use language::language;
pub use members::{Fields, Members, merge};
pub use observe::{ErrorsAs, KeyName, RequestId, observe};
pub use page::{Limit, Page, Paging};
pub use parameter::{Listing, NoFilter, Path, Query, ResourceCode, Year, day, parse_query};
pub use tag::{EntityTag, IfMatch};
