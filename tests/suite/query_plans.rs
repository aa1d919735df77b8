//! How the statements that are asked most are answered: by index, reading about what they answer, however many associations
//! there are.
//!
//! PostgreSQL counts for every table how often it was read from end to end, and how many entries were read of its indexes.
//! So what counts is what the service really sent, in the plans it really had, also the generic ones of prepared statements.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::database::{await_row, execute};
use crate::support::{App, Person};

/// Everything that grows with the associations and their years.
const TABLES: [&str; 4] = ["actual_revisions", "actual_totals", "actuals", "targets"];
/// Often enough for a generic plan.
const TIMES: usize = 8;
const ASSOCIATIONS: i64 = 200;
const INDICATORS: i64 = 50;

/// Associations with a target, two actuals and a total for each of fifty indicators in two years, every fourth actual amended.
fn furnished() -> App {
    let app = App::start();
    app.association("a0", None);
    app.indicator("i0", "户");
    app.target("a0", 2016, "i0", 100);
    let report = json!({"indicator": "i0", "value": 1, "period": "2016-03", "performed_by": "区科协"});
    app.admin().post("/associations/a0/actuals", report).expect(201);
    let copies = |table: &str, from: &str, fields: &str| {
        format!(
            "INSERT INTO {table} SELECT (jsonb_populate_record(rows, jsonb_build_object({fields}))).* FROM {table} AS rows {from};"
        )
    };
    let lines = "CROSS JOIN associations AS a CROSS JOIN indicators AS i CROSS JOIN generate_series(2017, 2018) AS y WHERE year = 2016";
    let line = "'association_id', a.id, 'indicator_id', i.id, 'year', y";
    let made = [
        copies(
            "associations",
            &format!("CROSS JOIN generate_series(1, {ASSOCIATIONS} - 1) AS n"),
            "'id', gen_random_uuid(), 'code', 'a' || n, 'path', '/a' || n || '/'",
        ),
        copies(
            "indicators",
            &format!("CROSS JOIN generate_series(1, {INDICATORS} - 1) AS n"),
            "'id', gen_random_uuid(), 'code', 'i' || n",
        ),
        copies("targets", lines, &format!("{line}, 'due_on', make_date(y, 12, 31)")),
        copies("actual_totals", lines, line),
        copies(
            "actuals",
            &lines.replace(" WHERE", " CROSS JOIN generate_series(1, 2) WHERE"),
            &format!("{line}, 'id', gen_random_uuid(), 'period_from', make_date(y, 3, 1), 'period_through', make_date(y, 3, 31)"),
        ),
        "INSERT INTO actual_revisions SELECT * FROM actuals WHERE id::text < '4'; UPDATE actuals SET version = 2 WHERE id::text < '4';".to_owned(),
        format!("INSERT INTO scorecards SELECT DISTINCT a.id, y, {INDICATORS}, {INDICATORS}, 0, 0, s.updated_at, 1, 0, 0
            FROM scorecards AS s, associations AS a, generate_series(2017, 2018) AS y;"),
        "DELETE FROM actual_revisions WHERE year = 2016; VACUUM ANALYZE".to_owned(),
    ];
    let (vacuum, made) = made.split_last().expect("statements");
    app.sql(&made.concat());
    vacuum.split("; ").for_each(|statement| drop(app.sql(statement)));
    let count = app.sql("SELECT count(*) FROM targets WHERE year > 2016");
    assert_eq!(count[0][0].as_deref(), Some((ASSOCIATIONS * INDICATORS * 2).to_string().as_str()));
    app
}

/// A request that is asked most, by its name; the number says which time it is.
type Request = (&'static str, fn(&Person, usize));

const REQUESTS: [Request; 9] = [
    ("completion", |person, _| drop(person.get("/associations/a7/completion/2018").expect(200))),
    ("brief completion", |person, _| drop(person.get("/associations/a7/completion/2018?detail=brief").expect(200))),
    ("past completion", |person, _| {
        drop(person.get("/associations/a7/completion/2018?as_of=2018-06-29").expect(200));
    }),
    ("submission", |person, number| drop(submitted(person, number))),
    ("amendment", |person, number| {
        let path = format!("/associations/a7/actuals/{}", submitted(person, number)["id"].as_str().expect("an id"));
        person.patch(&format!("{path}?reason=x"), json!({"value": 5})).expect(200);
    }),
    ("list of actuals", |person, _| {
        for query in ["year=2018", "year=2018&indicator=i7", "state=reported&limit=20"] {
            person.get(&format!("/associations/a7/actuals?{query}")).expect(200);
        }
    }),
    ("template", |person, _| {
        let (reply, _) = person.download("/api/v1/templates/actuals?association=a7&year=2018");
        assert_eq!(reply.status, 200);
    }),
    ("list of targets", |person, _| drop(person.get("/associations/a7/targets/2018?limit=500").expect(200))),
    ("ranking by indicator", |person, number| {
        let ranking = person.get(&format!("/rankings/2018?limit=1&indicator=i{}", number + 8)).expect(200);
        assert_eq!(ranking["total"], ASSOCIATIONS);
    }),
];

fn submitted(person: &Person, number: usize) -> Value {
    let body = json!({"indicator": format!("i{number}"), "value": 3, "period": "2018-05"});
    person.post("/associations/a7/actuals", body).expect(201)
}

/// Reads from end to end, and entries read of indexes, for each of the tables so far.
fn counted(database: &str) -> BTreeMap<String, [i64; 2]> {
    let names = TABLES.map(|table| format!("'{table}'")).join(", ");
    let rows = execute(
        database,
        &format!(
            "SELECT relname, seq_scan, (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes AS own WHERE own.relid = tables.relid)
            FROM pg_stat_user_tables AS tables WHERE relname IN ({names})"
        ),
    );
    let number = |text: &Option<String>| text.as_deref().unwrap_or("0").parse().expect("a number");
    rows.iter().map(|row| (row[0].clone().expect("a name"), [number(&row[1]), number(&row[2])])).collect()
}

/// Closes the service's connections: then what they counted is there for all to see. It opens others.
fn settle(app: &App, person: &Person) {
    let others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND backend_type = 'client backend'";
    app.sql(&format!("SELECT pg_terminate_backend(pid) {others}"));
    assert!(await_row(&app.database, &format!("SELECT WHERE NOT EXISTS (SELECT {others})"), || false));
    while person.get("/me").status != 200 {}
}

/// What a request reads each time: of each table whether from end to end, and how many entries of its indexes.
fn reads(app: &App, person: &Person, request: fn(&Person, usize)) -> BTreeMap<String, [i64; 2]> {
    settle(app, person);
    let before = counted(&app.database);
    (0..TIMES).for_each(|number| request(person, number));
    settle(app, person);
    let times = i64::try_from(TIMES).expect("a few");
    let after = counted(&app.database);
    let difference = |(table, [scans, entries]): (String, [i64; 2])| {
        let [scans_before, entries_before] = before[&table];
        (table, [scans - scans_before, (entries - entries_before) / times])
    };
    after.into_iter().map(difference).collect()
}

/// Most entries of indexes that a request may read of a table: those of two years of the association, each found a few
/// times; of a single line, a few; of one indicator's year, one of each association.
fn most(request: &str) -> i64 {
    match request {
        "submission" | "amendment" => 40,
        "ranking by indicator" => ASSOCIATIONS * 11 / 10,
        _ => INDICATORS * 2 * 2 * 3,
    }
}

/// What is wrong with how the requests are answered.
fn faults(app: &App) -> Vec<String> {
    let person = app.admin();
    let mut faults = Vec::new();
    for (name, request) in REQUESTS {
        let reads = reads(app, &person, request);
        assert!(reads.values().any(|read| *read != [0, 0]), "{name} is answered from nowhere");
        for (table, [scans, entries]) in reads {
            if scans > 0 {
                faults.push(format!("{name} reads {table} from end to end"));
            }
            if entries > most(name) {
                faults.push(format!("{name} reads too much of {table}"));
            }
        }
    }
    faults
}

#[test]
fn what_is_asked_most_is_answered_by_index_and_reads_about_what_it_answers() {
    assert_eq!(faults(&furnished()), [""; 0]);
}

#[test]
fn a_missing_index_is_seen() {
    let app = furnished();
    app.sql("DROP INDEX actuals_association_id_year_indicator_id_idx");
    let found = faults(&app);
    assert!(found.contains(&"amendment reads too much of actuals".to_owned()), "{found:?}");
    app.sql(
        "ALTER TABLE targets DROP CONSTRAINT targets_pkey; DROP INDEX targets_association_id_year_indicator_id_key",
    );
    let found = faults(&app);
    for name in ["completion", "past completion", "template", "list of targets"] {
        assert!(found.contains(&format!("{name} reads targets from end to end")), "{name}: {found:?}");
    }
    // There is still an index by indicator, over all associations.
    for name in ["brief completion", "submission", "amendment"] {
        assert!(found.contains(&format!("{name} reads too much of targets")), "{name}: {found:?}");
    }
}
