//! Several actuals verified at once: those that can be, each as it was reported, and why the others were not.

use kpi::auth::Role;
use serde_json::{Value, json};

use crate::support::{App, Visitor};

const WAITING: &str = "/waiting/city/2018";

/// A city below a region that reported for some months.
struct Stage {
    app: App,
    /// The ids of what it reported, from January on.
    ids: Vec<String>,
}

impl Stage {
    fn new(months: usize) -> Self {
        let app = App::start();
        app.association("region", None);
        app.association("city", Some("region"));
        app.association("elsewhere", None);
        app.indicator("people", "户");
        app.target("city", 2018, "people", 94);
        let paths = (1..=months).map(|month| app.report("city", "people", &format!("2018-0{month}"), 10));
        let ids = paths.map(|path| path.rsplit('/').next().expect("an id").to_owned()).collect();
        Self { app, ids }
    }

    fn visitor(&self, role: Role, scope: &str) -> Visitor {
        self.app.visitor_with_key_of(&self.app.person(role, Some(scope)))
    }

    /// Changes an actual by the API.
    fn change(&self, id: &str, action: &str, body: Value) {
        self.app.admin().post(&format!("/associations/city/actuals/{id}/{action}"), body).expect(200);
    }

    /// What each actual is, and in which version.
    fn states(&self) -> Vec<String> {
        let rows = self.app.sql("SELECT state || ' ' || version FROM actuals ORDER BY id");
        rows.into_iter().filter_map(|mut row| row.remove(0)).collect()
    }

    /// What the city did, as it was verified.
    fn verified(&self) -> Value {
        let path = "/associations/city/completion/2018?basis=verified";
        self.app.admin().get(path).expect(200)["lines"][0]["actual"]["value"].clone()
    }
}

/// What the boxes of a page say of the actuals that may be chosen.
fn offered(page: &str) -> Vec<String> {
    page.split("name=\"actual\" value=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().expect("its end").to_owned())
        .collect()
}

fn fields(chosen: &[String]) -> Vec<(&str, &str)> {
    chosen.iter().map(|one| ("actual", one.as_str())).collect()
}

#[test]
fn the_chosen_ones_are_verified_as_they_were_reported() {
    let stage = Stage::new(3);
    let verifier = stage.visitor(Role::Verifier, "region");
    let page = verifier.get(WAITING).expect(200);
    let shown = offered(&page);
    assert_eq!(shown, stage.ids.iter().map(|id| format!("{id}:1")).collect::<Vec<_>>());
    assert!(page.contains("aria-label=\"选择：people 2018-02\"") && page.contains("核定所选"), "{page}");
    let sent = verifier.post(WAITING, &fields(&shown[..2]));
    assert_eq!((sent.status, sent.header("location")), (303, "/waiting/city/2018?done=2"));
    assert_eq!(stage.states(), ["verified 2", "verified 2", "reported 1"]);
    assert_eq!(stage.verified(), 20);
    let page = verifier.get(sent.header("location")).expect(200);
    assert!(page.contains("role=\"status\">已核定2条，") && page.contains("action=\"/waiting/city/2018?\""), "{page}");
    assert_eq!(offered(&page), shown[2..]);
    // A second click finds it done.
    let again = verifier.post(WAITING, &fields(&shown[..2]));
    assert_eq!((again.status, again.header("location")), (303, "/waiting/city/2018?done=2"));
    assert_eq!(stage.states(), ["verified 2", "verified 2", "reported 1"]);
    let audited = stage.app.sql("SELECT count(*)::text FROM audit_entries WHERE action = 'verified'");
    assert_eq!(audited, [[Some("2".to_owned())]]);
    // It was somebody else who did it.
    let other = stage.visitor(Role::Verifier, "city").post(WAITING, &fields(&shown)).expect(200);
    assert!(
        other.contains("已核定1条，") && other.contains("没有核定：2条") && other.contains("已由他人核定。"),
        "{other}"
    );
    assert_eq!(stage.states(), ["verified 2"; 3]);
    assert!(!verifier.get(&format!("{WAITING}?done=x")).expect(200).contains("已核定"));
}

#[test]
fn what_cannot_be_verified_stays_and_is_named_with_its_reason() {
    let stage = Stage::new(6);
    let verifier = stage.visitor(Role::Verifier, "region");
    let shown = offered(&verifier.get(WAITING).expect(200));
    stage.app.admin().put("/locks/2018", json!({"closed_through": "2018-01-31", "reason": "月结"})).expect(200);
    let [_, amended, verified, rejected, voided, _] = &stage.ids[..] else { panic!("six of them") };
    let amend = format!("/associations/city/actuals/{amended}?reason=%E6%9B%B4%E6%AD%A3");
    stage.app.admin().patch(&amend, json!({"value": 11})).expect(200);
    stage.change(verified, "verify", json!({}));
    stage.change(rejected, "reject", json!({"reason": "缺少佐证"}));
    stage.change(voided, "void", json!({"reason": "重复上报"}));
    let before = stage.states();
    let unknown = "019ac1f0-5a53-7000-8000-000000000000:1".to_owned();
    let chosen = [&shown[..], &[unknown]].concat();
    for _ in 0..2 {
        let page = verifier.post(WAITING, &fields(&chosen)).expect(200);
        assert!(page.contains("已核定1条，") && page.contains("没有核定：6条"), "{page}");
        for (id, words) in [
            (&stage.ids[0], "people 2018-01</a>：该期间已封账；"),
            (amended, "people 2018-02</a>：在页面显示之后被更正过，"),
            (verified, "people 2018-03</a>：已由他人核定。"),
            (rejected, "people 2018-04</a>：已被退回。"),
            (voided, "people 2018-05</a>：已作废。"),
        ] {
            assert!(page.contains(&format!("<a href=\"/actuals/city/{id}\">{words}")), "{words}: {page}");
        }
        assert!(page.contains("没有实绩 019ac1f0"), "{page}");
        // What is closed is not offered again; what was amended is, as it is now.
        assert_eq!(offered(&page), [format!("{amended}:2")]);
        assert!(page.contains("已封账"), "{page}");
        assert_eq!(stage.states()[..5], before[..5]);
        assert_eq!(stage.states()[5], "verified 2");
    }
    // An admin would have to say why.
    let admin = stage.visitor(Role::Admin, "region");
    assert!(!offered(&admin.get(WAITING).expect(200)).contains(&shown[0]));
    assert!(admin.post(WAITING, &fields(&shown[..1])).expect(200).contains("没有核定：1条"));
}

#[test]
fn only_verifiers_choose_and_no_more_than_a_page_has() {
    let stage = Stage::new(1);
    let shown = vec![format!("{}:1", stage.ids[0])];
    let (reporter, verifier) = (stage.visitor(Role::Reporter, "city"), stage.visitor(Role::Verifier, "region"));
    assert!(!reporter.get(WAITING).expect(200).contains("核定所选"));
    assert!(reporter.post(WAITING, &fields(&shown)).expect(403).contains("无权操作"));
    assert_eq!(stage.visitor(Role::Verifier, "elsewhere").post(WAITING, &fields(&shown)).status, 404);
    assert_eq!(verifier.post_from("https://evil.example", WAITING, &fields(&shown)).status, 403);
    assert_eq!(stage.app.visitor().post(WAITING, &fields(&shown)).status, 401);
    // Another association has no such actual.
    let page = verifier.post("/waiting/region/2018", &fields(&shown)).expect(200);
    assert!(page.contains("没有核定：1条") && !page.contains("people"), "{page}");
    let many: Vec<_> = (0..51).map(|place| format!("019ac1f0-5a53-7000-8000-0000000000{place:02}:1")).collect();
    assert!(verifier.post(WAITING, &fields(&many)).expect(422).contains("一次最多50条"));
    for wrong in ["x", "x:1", &stage.ids[0], &format!("{}:one", stage.ids[0])] {
        let refused = verifier.post(WAITING, &[("actual", &shown[0]), ("actual", wrong)]).expect(422);
        assert!(refused.contains("页面所显示的实绩和版本"), "{wrong}: {refused}");
    }
    assert!(verifier.post(WAITING, &[]).expect(200).contains("没有勾选实绩"));
    assert_eq!(stage.states(), ["reported 1"]);
    verifier.post("/language", &[("language", "en"), ("next", "/")]);
    let page = verifier.get(&format!("{WAITING}?done=1")).expect(200);
    assert!(page.contains("Verified: 1;") && page.contains("Verify the chosen ones"), "{page}");
}

#[test]
fn what_was_rejected_is_no_part_of_what_a_verified_figure_comes_to() {
    let stage = Stage::new(6);
    stage.app.report("city", "people", "2018-06", 42);
    let id = &stage.ids[0];
    stage.change(id, "reject", json!({"reason": "缺少佐证"}));
    // The others come to 92, of 94 that are planned: with 100, to more than twice as much.
    let fields = [("action", "verify"), ("version", "2"), ("value", "100"), ("reason", "核对")];
    let asked = stage.visitor(Role::Verifier, "region").post(&format!("/actuals/city/{id}"), &fields).expect(200);
    assert!(asked.contains("单笔已超过全年目标94户，累计将达192户"), "{asked}");
}
