//! The pages' files: one style sheet, one script, one picture; part of the program.

use std::sync::LazyLock;

use actix_web::{HttpResponse, get, http::header};
use sha2::{Digest, Sha256};

use crate::error::{ApiError, ApiResult, Code};
use crate::http::Path;

struct Asset {
    name: &'static str,
    media_type: &'static str,
    content: &'static str,
}

const ASSETS: [Asset; 3] = [
    Asset { name: "page.css", media_type: "text/css; charset=utf-8", content: include_str!("assets/page.css") },
    Asset { name: "page.js", media_type: "text/javascript; charset=utf-8", content: include_str!("assets/page.js") },
    Asset { name: "icon.svg", media_type: "image/svg+xml", content: include_str!("assets/icon.svg") },
];

/// Of all files together: a new version of the program has new addresses, so browsers may keep the old ones for good.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let digest = ASSETS.iter().fold(Sha256::new(), |digest, asset| digest.chain_update(asset.content)).finalize();
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
});

/// Where a file of this name is.
pub(super) fn address(name: &str) -> String {
    format!("/assets/{}/{name}", *VERSION)
}

/// Serves a file; also an older version's address answers, with what there is now, to be asked again.
///
/// # Errors
/// `route_not_found` for another name.
#[get("/assets/{version}/{name}")]
pub async fn show_asset(path: Path<(String, String)>) -> ApiResult<HttpResponse> {
    let (version, name) = path.into_inner();
    let asset = ASSETS.iter().find(|asset| asset.name == name);
    let asset = asset.ok_or_else(|| ApiError::new(Code::RouteNotFound).given(&name))?;
    let keep = if version == *VERSION { "public, max-age=31536000, immutable" } else { "no-cache" };
    Ok(HttpResponse::Ok()
        .content_type(asset.media_type)
        .insert_header((header::CACHE_CONTROL, keep))
        .body(asset.content))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_stays_small() {
        let script = ASSETS.iter().find(|asset| asset.name == "page.js").expect("a script");
        assert!(script.content.len() < 20 * 1024, "{} bytes", script.content.len());
    }
}
