//! A region with associations of every kind, and regions with very many of them.

use serde_json::{Value, json};

use super::App;

/// A province, its three cities, the counties of one of them, and a bureau beside it; two indicators.
///
/// Scores: `east` 1, `west` and `south` 0.5, `lake` and `hill` none for different reasons, the others no target.
pub fn region() -> App {
    let app = App::start();
    let make = |code: &str, name: &str, kind: &str, level: &str, parent: Option<&str>| {
        app.association_with(code, json!({"name": name, "kind": kind, "level": level, "parent": parent}));
    };
    make("province", "省科协", "federation", "provincial", None);
    make("east", "东市科协", "federation", "municipal", Some("province"));
    make("west", "西市科协", "federation", "municipal", Some("province"));
    make("south", "南市学会", "society", "municipal", Some("province"));
    make("lake", "湖县科协", "federation", "county", Some("east"));
    make("hill", "山县学会", "society", "county", Some("east"));
    make("bureau", "省科技局", "bureau", "provincial", None);
    app.indicator("households", "户");
    app.indicator("people", "人");
    for association in ["east", "west", "south"] {
        app.target(association, 2018, "households", 100);
    }
    app.target("lake", 2018, "people", 0);
    app.report("east", "households", "2018-03", 128);
    app.report("west", "households", "2018-03", 50);
    app.report("south", "households", "2018-03", 50);
    app
}

/// Adds so many associations below `parent`, by code in an order of their own, each with a scorecard of 2018: a few
/// different scores, so that many tie, and some without targets or without anything to score. The same `seed` gives the
/// same scores.
pub fn crowd(app: &App, parent: &str, count: usize, seed: f64) {
    app.sql(&format!(
        "INSERT INTO associations (id, code, name, kind, level, status, parent_id, path, aliases, version, created_at, updated_at)
        SELECT gen_random_uuid(), c.code, '第' || number % 7 || '科协', (ARRAY['society', 'federation'])[1 + number % 2],
            (ARRAY['county', 'township', 'municipal'])[1 + number % 3], 'active', parent.id, parent.path || c.code || '/',
            '{{}}', 1, parent.created_at, parent.updated_at
        FROM associations AS parent, generate_series(1, {count}) AS number, LATERAL (SELECT 'a' || md5(number::text)) AS c (code)
        WHERE parent.code = '{parent}'"
    ));
    score(app, parent, seed);
}

/// Gives everybody right below `parent` another score.
pub fn score(app: &App, parent: &str, seed: f64) {
    app.sql(&format!(
        "SELECT setseed({seed});
        INSERT INTO scorecards (association_id, year, target_count, weight, reported_score, verified_score, updated_at,
            version, reported_met_count, verified_met_count)
        SELECT id, 2018, target_count, weight, weight * reported, weight * verified, updated_at, 1, 0, 0
        FROM (
            SELECT child.id, child.updated_at, least(weight, 1) + (random() * 0.6)::int AS target_count, weight,
                (random() * 4)::int / 4.0 AS reported, (random() * 4)::int / 4.0 AS verified
            FROM (SELECT associations.*, (random() * 3)::int AS weight FROM associations) AS child
            JOIN associations AS parent ON parent.id = child.parent_id
            WHERE parent.code = '{parent}'
            ORDER BY child.code
        ) AS scored
        ON CONFLICT (association_id, year) DO UPDATE SET version = scorecards.version + 1,
            target_count = excluded.target_count, weight = excluded.weight, reported_score = excluded.reported_score,
            verified_score = excluded.verified_score"
    ));
}

/// The codes of an answer's items, in their order.
pub fn codes(answer: &Value) -> Vec<String> {
    let items = answer["items"].as_array().expect("items").iter();
    items.map(|item| item["association"]["code"].as_str().expect("a code").to_owned()).collect()
}
