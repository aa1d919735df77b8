//! The page of one actual: who sees it, who may change it, and that every change is the one the API makes.

use kpi::auth::Role;
use serde_json::{Value, json};

use crate::support::{App, Shown, Visitor};

/// A city below a region that plans 94 households for 2018 and reported 30 of them.
struct Stage {
    app: App,
    /// The page of the actual.
    page: String,
}

impl Stage {
    fn new() -> Self {
        let app = App::start();
        app.association("region", None);
        app.association("city", Some("region"));
        app.association("elsewhere", None);
        app.indicator("people", "户");
        app.target("city", 2018, "people", 94);
        let page = page_of(&app.report("city", "people", "2018-03", 30));
        Self { app, page }
    }

    fn visitor(&self, role: Role, scope: &str) -> Visitor {
        self.app.visitor_with_key_of(&self.app.person(role, Some(scope)))
    }

    /// Sends a form that was shown with this version.
    fn send(&self, visitor: &Visitor, action: &str, version: u32, fields: &[(&str, &str)]) -> Shown {
        let version = version.to_string();
        visitor.post(&self.page, &[&[("action", action), ("version", version.as_str())], fields].concat())
    }

    /// The actual as the API answers it.
    fn actual(&self) -> Value {
        self.app.admin().get(&api_of(&self.page)).expect(200)
    }

    /// What the city did, on a basis.
    fn total(&self, basis: &str) -> Value {
        let path = format!("/associations/city/completion/2018?basis={basis}");
        self.app.admin().get(&path).expect(200)["lines"][0]["actual"]["value"].clone()
    }
}

/// The page of the actual at this path of the API.
fn page_of(path: &str) -> String {
    path.replace("/associations/city/actuals/", "/actuals/city/")
}

fn api_of(page: &str) -> String {
    page.replace("/actuals/city/", "/associations/city/actuals/")
}

/// The forms that a page offers.
fn offered(page: &str) -> Vec<&str> {
    page.split("name=\"action\" value=\"").skip(1).map(|rest| rest.split('"').next().expect("its end")).collect()
}

/// What stands in a field of a page.
fn value<'a>(page: &'a str, id: &str) -> &'a str {
    let field = page.split(&format!("id=\"{id}\"")).nth(1).unwrap_or_else(|| panic!("no {id}: {page}"));
    let value = field.split('>').next().expect("its end").split("value=\"").nth(1).expect("a value");
    value.split('"').next().expect("its end")
}

#[test]
fn everybody_who_may_see_it_reads_it_and_is_offered_what_the_role_allows() {
    let stage = Stage::new();
    let all = ["verify", "reject", "amend", "void"];
    for (role, forms) in [
        (Role::Viewer, &all[..0]),
        (Role::Planner, &all[..0]),
        (Role::Reporter, &all[2..]),
        (Role::Verifier, &all[..2]),
        (Role::Admin, &all[..]),
    ] {
        let visitor = stage.visitor(role, "region");
        let page = visitor.get(&stage.page).expect(200);
        assert!(page.contains("30户") && page.contains("第1版 · 报送 · 2018-06-30 10:00 · admin"), "{page}");
        assert_eq!(offered(&page), forms, "{role:?}");
        let row = visitor.get("/associations/city/2018/people").expect(200);
        assert!(row.contains(&format!("<a href=\"{}\">2018-03</a>", stage.page)), "{row}");
        for (action, words) in [("amend", "更正"), ("verify", "核定")] {
            let link = format!("<a href=\"{}#{action}\">{words}</a>", stage.page);
            assert_eq!(row.contains(&link), forms.contains(&action), "{role:?} {action}: {row}");
        }
        for action in all.iter().filter(|action| !forms.contains(action)) {
            let refused = stage.send(&visitor, action, 1, &[("reason", "x"), ("value", "1")]);
            assert!(refused.expect(403).contains("无权操作"), "{role:?} {action}");
        }
        assert_eq!(stage.actual()["version"], 1);
    }
}

#[test]
fn outside_the_scope_there_is_no_such_page() {
    let stage = Stage::new();
    let foreign = stage.visitor(Role::Admin, "elsewhere");
    assert_eq!(foreign.get(&stage.page).status, 404);
    assert_eq!(stage.send(&foreign, "void", 1, &[("reason", "x")]).status, 404);
    let admin = stage.visitor(Role::Admin, "city");
    assert_eq!(admin.get(&stage.page.replace("/city/", "/region/")).status, 404);
    assert_eq!(admin.get("/actuals/city/019ac1f0-5a53-7000-8000-000000000000").status, 404);
    assert_eq!(admin.get("/actuals/city/2018").status, 400);
    assert_eq!(admin.post(&stage.page, &[]).status, 422);
    assert_eq!(admin.post(&stage.page, &[("action", "void"), ("reason", "x")]).status, 422, "of which version?");
    assert_eq!(stage.app.visitor().get(&stage.page).status, 303);
    assert_eq!(stage.actual()["state"], "reported");
}

#[test]
fn an_amendment_changes_what_was_changed_and_keeps_what_was() {
    let stage = Stage::new();
    let visitor = stage.visitor(Role::Reporter, "city");
    let page = visitor.get(&stage.page).expect(200);
    assert_eq!((value(&page, "amend-value"), value(&page, "amend-period")), ("30", "2018-03"));
    let fields = [
        ("value", "近32户"),
        ("period", "2018-Q1"),
        ("qualifier", ""),
        ("note", "复核后更正"),
        ("evidence.document", "三月简报"),
        ("reason", "录入错误"),
    ];
    let sent = stage.send(&visitor, "amend", 1, &fields);
    let place = format!("{}?done=amend", stage.page);
    assert_eq!((sent.status, sent.header("location")), (303, place.as_str()));
    let page = visitor.get(&place).expect(200);
    assert!(page.contains("已更正，完成情况已更新"), "{page}");
    for words in [
        "<strong>30户</strong>，2018-03",
        "<strong>约32户</strong>，2018-Q1",
        "第2版 · 更正 · 2018-06-30 10:00 · reporter",
        "原因：录入错误",
        "复核后更正",
        "三月简报",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let actual = stage.actual();
    assert_eq!(
        (&actual["value"], &actual["qualifier"], &actual["period"], &actual["version"]),
        (&json!(32), &json!("about"), &json!("2018-Q1"), &json!(2))
    );
    assert_eq!(stage.total("reported"), 32);
    // A second click, with what the first form said.
    let again = stage.send(&visitor, "amend", 1, &fields);
    assert_eq!((again.status, again.header("location")), (303, place.as_str()));
    assert_eq!(stage.actual()["version"], 2);
    // Nothing is changed: there is no version more.
    let same = [("value", "32"), ("period", "2018-Q1"), ("qualifier", "about"), ("reason", "无")];
    let same = stage.send(&visitor, "amend", 2, &same);
    assert_eq!(same.header("location"), format!("{}?done=unchanged", stage.page));
    assert!(visitor.get(same.header("location")).expect(200).contains("内容没有变化"));
    assert_eq!(stage.actual()["version"], 2);
}

#[test]
fn the_year_of_an_actual_need_not_be_named() {
    let stage = Stage::new();
    let visitor = stage.visitor(Role::Reporter, "city");
    let amend = |version, period| stage.send(&visitor, "amend", version, &[("period", period), ("reason", "录入错误")]);
    assert_eq!(amend(1, "3月").header("location"), format!("{}?done=unchanged", stage.page));
    assert_eq!(amend(1, "第一季度").status, 303);
    assert_eq!(stage.actual()["period"], "2018-Q1");
    let refused = amend(2, "十月").expect(422);
    assert!(refused.contains(">十月 不是同一年内的期间；可以写 10月、"), "{refused}");
    assert!(refused.contains("placeholder=\"如 2018-10、2018-Q3、2018，或 10月、第三季度\""), "{refused}");
}

#[test]
fn what_nobody_touched_stays_to_the_last_blank() {
    let stage = Stage::new();
    let body = json!({"indicator": "people", "value": 5.25, "period": {"from": "2018-01-05", "to": "2018-02-10"},
        "note": " 第一行\n第二行 ", "qualifier": "at_least"});
    let stored = stage.app.admin().post("/associations/city/actuals", body).expect(201);
    let page = format!("/actuals/city/{}", stored["id"].as_str().expect("an id"));
    let visitor = stage.visitor(Role::Reporter, "city");
    let form = visitor.get(&page).expect(200);
    assert_eq!(value(&form, "amend-period"), "2018-01-05/2018-02-10");
    assert!(form.contains("<option value=\"at_least\" selected>"), "{form}");
    let fields = [
        ("action", "amend"),
        ("version", "1"),
        ("value", "6"),
        ("period", "2018-01-05/2018-02-11"),
        ("qualifier", "at_least"),
        ("note", " 第一行\r\n第二行 "),
        ("reason", "更正"),
    ];
    assert_eq!(visitor.post(&page, &fields).status, 303);
    let actual = stage.app.admin().get(&api_of(&page)).expect(200);
    assert_eq!(actual["note"], " 第一行\n第二行 ");
    assert_eq!(actual["period"], json!({"from": "2018-01-05", "to": "2018-02-11"}));
    assert_eq!((&actual["value"], &actual["qualifier"]), (&json!(6), &json!("at_least")));
}

#[test]
fn what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost() {
    let stage = Stage::new();
    let visitor = stage.visitor(Role::Admin, "city");
    let page =
        stage.send(&visitor, "amend", 1, &[("value", "3头牛"), ("note", "备注"), ("reason", "更正")]).expect(422);
    assert_eq!(value(&page, "amend-value"), "3头牛");
    assert!(page.contains("id=\"amend-value-wrong\"") && page.contains(">备注</textarea>"), "{page}");
    assert_eq!(value(&page, "amend-reason"), "更正");
    assert!(page.contains("<details class=\"card\" open><summary>更正"), "{page}");
    assert!(page.contains("<details class=\"card\"><summary>核定"), "{page}");
    assert_eq!(value(&page, "verify-value"), "30", "the other forms are as they were");
    for (action, fields, wrong) in [
        ("amend", &[("value", "31")][..], "id=\"amend-reason-wrong\" role=\"alert\">请填写此项。"),
        ("amend", &[("value", ""), ("reason", "x")], "id=\"amend-value-wrong\""),
        ("amend", &[("period", ""), ("reason", "x")], "id=\"amend-period-wrong\""),
        ("amend", &[("period", "2017-03"), ("reason", "x")], "所属年度不能更改"),
        ("amend", &[("period", "2018-09"), ("reason", "x")], "id=\"amend-period-wrong\""),
        ("amend", &[("evidence.url", "javascript:x"), ("reason", "x")], "id=\"amend-evidence-url-wrong\""),
        ("amend", &[("numerator", "1"), ("reason", "x")], "不填分子和分母"),
        ("void", &[("reason", " ")], "id=\"void-reason-wrong\" role=\"alert\">请填写此项。"),
        ("reject", &[], "id=\"reject-reason-wrong\""),
        ("verify", &[("value", "28")], "核定数与上报数不同，请说明原因。"),
        ("verify", &[("value", "约28"), ("reason", "x")], "id=\"verify-value-wrong\""),
        ("verify", &[("value", "{"), ("reason", "x")], "id=\"verify-value-wrong\""),
    ] {
        let page = stage.send(&visitor, action, 1, fields).expect(422);
        assert!(page.contains(wrong), "{action} {fields:?}: {page}");
    }
    let long = "长".repeat(501);
    assert!(stage.send(&visitor, "void", 1, &[("reason", &long)]).expect(422).contains(&long));
    let unread = visitor.post(&stage.page, &[("action", "void"), ("reason", "重复上报")]).expect(422);
    assert!(unread.contains("页面所显示的版本"), "{unread}");
    assert_eq!(stage.send(&visitor, "void", 1, &[("reason", "\0")]).status, 422);
    assert_eq!(stage.actual()["version"], 1);
}

#[test]
fn a_stale_form_overwrites_nobody_and_is_not_lost() {
    let stage = Stage::new();
    let (visitor, other) = (stage.visitor(Role::Reporter, "city"), stage.visitor(Role::Reporter, "city"));
    assert_eq!(stage.send(&other, "amend", 1, &[("value", "40"), ("reason", "补录")]).status, 303);
    let fields = [("value", "31"), ("period", "2018-03"), ("reason", "更正")];
    let page = stage.send(&visitor, "amend", 1, &fields).expect(412);
    assert!(page.contains("刚被他人更改") && page.contains("<strong>40户</strong>"), "{page}");
    assert_eq!((value(&page, "amend-value"), value(&page, "amend-reason")), ("31", "更正"));
    assert!(page.contains("name=\"version\" value=\"2\""), "{page}");
    assert_eq!(stage.total("reported"), 40);
    // What was not touched follows the other's change: the note alone is still to be sent.
    let note = [("value", "30"), ("period", "2018-03"), ("note", "补充说明"), ("reason", "说明")];
    let page = stage.send(&other, "amend", 1, &note).expect(412);
    assert_eq!((value(&page, "amend-value"), value(&page, "amend-reason")), ("40", "说明"));
    assert!(page.contains("补充说明</textarea>"), "{page}");
    // Having seen it, somebody may still mean it.
    assert_eq!(stage.send(&visitor, "amend", 2, &fields).status, 303);
    assert_eq!(stage.total("reported"), 31);
    // The same wish of somebody else is none of a second click.
    assert_eq!(stage.send(&other, "amend", 2, &fields).status, 412);
    // Voided meanwhile, there is no form any more, but what was typed.
    assert_eq!(stage.send(&other, "void", 3, &[("reason", "重复上报")]).status, 303);
    let page =
        stage.send(&visitor, "amend", 3, &[("value", "77"), ("note", "我的备注"), ("reason", "再更正")]).expect(412);
    assert!(
        page.contains("刚才填写的内容（没有保存）") && page.contains("<dd>77</dd>") && page.contains("我的备注"),
        "{page}"
    );
    assert_eq!(offered(&page), [""; 0]);
}

#[test]
fn what_is_voided_leaves_the_total_for_good() {
    let stage = Stage::new();
    let visitor = stage.visitor(Role::Reporter, "city");
    stage.app.report("city", "people", "2018-04", 5);
    assert!(visitor.get(&stage.page).expect(200).contains("作废不能撤销"));
    let sent = stage.send(&visitor, "void", 1, &[("reason", "重复上报<script>")]);
    let place = format!("{}?done=void", stage.page);
    assert_eq!((sent.status, sent.header("location")), (303, place.as_str()));
    assert_eq!(stage.total("reported"), 5);
    let page = visitor.get(&place).expect(200);
    for words in [
        "已作废，不再计入完成情况",
        "第2版 · 作废",
        "原因：重复上报&lt;script&gt;",
        "这条实绩已作废，不能再更改",
        "<s>30户</s>",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert_eq!(offered(&page), [""; 0]);
    assert!(page.contains("/report/city/2018?indicator=people"), "{page}");
    assert_eq!(stage.send(&visitor, "void", 1, &[("reason", "重复上报<script>")]).status, 303, "a second click");
    let page = stage.send(&visitor, "amend", 2, &[("value", "31"), ("reason", "x")]).expect(409);
    assert!(page.contains("这条实绩已作废，不能再更改"), "{page}");
    assert_eq!(stage.actual()["version"], 2);
    let row = visitor.get("/associations/city/2018/people").expect(200);
    assert!(!row.contains(&format!("{}#amend", stage.page)), "{row}");
}

#[test]
fn a_verifier_settles_on_a_figure_or_sends_it_back() {
    let stage = Stage::new();
    let visitor = stage.visitor(Role::Verifier, "region");
    let page = visitor.get(&stage.page).expect(200);
    assert_eq!(value(&page, "verify-value"), "30");
    assert!(page.contains("<label for=\"verify-value\">数值（户）</label>"), "{page}");
    assert!(page.contains("<details class=\"card\" open><summary>核定"), "it waits for the verifier: {page}");
    let fields = [("value", "28"), ("reason", "核减2户")];
    let sent = stage.send(&visitor, "verify", 1, &fields);
    assert_eq!(sent.header("location"), format!("{}?done=verify", stage.page));
    assert_eq!((stage.total("reported"), stage.total("verified")), (json!(30), json!(28)));
    let page = visitor.get(sent.header("location")).expect(200);
    assert!(
        page.contains("已核定，核定口径已更新") && page.contains("<strong>30户</strong>，2018-03，核定为28户"),
        "{page}"
    );
    assert!(page.contains("<a href=\"/waiting/city/2018\">其余待办"), "{page}");
    assert_eq!(value(&page, "verify-value"), "28", "what stands is settled");
    assert_eq!(stage.send(&visitor, "verify", 1, &fields).status, 303, "a second click");
    assert_eq!(stage.send(&visitor, "reject", 2, &[("reason", "缺少佐证")]).status, 303);
    assert_eq!((stage.total("reported"), stage.total("verified")), (Value::Null, Value::Null));
    let page = visitor.get(&stage.page).expect(200);
    assert_eq!(offered(&page), ["verify"], "it is sent back already");
    // As reported, it needs no reason.
    assert_eq!(stage.send(&visitor, "verify", 3, &[("value", "30")]).status, 303);
    assert_eq!(stage.total("verified"), 30);
    let versions: Vec<_> = ["报送", "核定", "退回", "核定"].iter().enumerate().collect();
    let page = visitor.get(&stage.page).expect(200);
    for (place, deed) in versions {
        assert!(page.contains(&format!("第{}版 · {deed}", place + 1)), "{deed}: {page}");
    }
}

#[test]
fn a_percentage_has_both_its_figures_in_every_form() {
    let stage = Stage::new();
    let share = json!({"unit": "%", "value_type": "percentage", "accumulation": "ratio"});
    stage.app.indicator_with("share", share);
    let body = json!({"indicator": "share", "numerator": 40, "denominator": 43, "period": "2018-03"});
    let stored = stage.app.admin().post("/associations/city/actuals", body).expect(201);
    let page = format!("/actuals/city/{}", stored["id"].as_str().expect("an id"));
    let visitor = stage.visitor(Role::Admin, "city");
    let form = visitor.get(&page).expect(200);
    assert_eq!((value(&form, "amend-numerator"), value(&form, "verify-denominator")), ("40", "43"));
    let amended =
        [("action", "amend"), ("version", "1"), ("numerator", "41"), ("denominator", "43"), ("reason", "更正")];
    assert_eq!(visitor.post(&page, &amended).status, 303);
    let verified = [("action", "verify"), ("version", "2"), ("numerator", "41"), ("denominator", "0"), ("reason", "x")];
    assert!(visitor.post(&page, &verified).expect(422).contains("id=\"verify-denominator-wrong\""));
    let verified =
        [("action", "verify"), ("version", "2"), ("numerator", "41"), ("denominator", "44"), ("reason", "x")];
    assert_eq!(visitor.post(&page, &verified).status, 303);
    assert!(visitor.get(&page).expect(200).contains("<strong>41/43</strong>，2018-03，核定为41/44"));
}

#[test]
fn a_closed_period_is_changed_by_admins_who_say_why() {
    let stage = Stage::new();
    stage.app.admin().put("/locks/2018", json!({"closed_through": "2018-03-31", "reason": "季度考核"})).expect(200);
    for (role, action) in [(Role::Reporter, "amend"), (Role::Reporter, "void"), (Role::Verifier, "verify")] {
        let visitor = stage.visitor(role, "city");
        let page = visitor.get(&stage.page).expect(200);
        assert!(page.contains("截至2018-03-31的期间已封账"), "{page}");
        assert_eq!(offered(&page), [""; 0]);
        let fields = [("value", "31"), ("reason", "更正")];
        let page = stage.send(&visitor, action, 1, &fields).expect(409);
        assert!(page.contains("该期间已封账，没有保存任何数据") && page.contains("<dd>更正</dd>"), "{page}");
    }
    let viewer = stage.visitor(Role::Viewer, "city");
    assert!(!viewer.get(&stage.page).expect(200).contains("已封账"));
    let admin = stage.visitor(Role::Admin, "city");
    assert_eq!(offered(&admin.get(&stage.page).expect(200)).len(), 4);
    let page = stage.send(&admin, "verify", 1, &[("value", "30")]).expect(409);
    assert!(page.contains("只有管理员说明原因后才能更改"), "{page}");
    assert_eq!(stage.actual()["version"], 1);
    assert_eq!(stage.send(&admin, "verify", 1, &[("value", "30"), ("reason", "年终补核")]).status, 303);
    assert_eq!(stage.total("verified"), 30);
}

#[test]
fn the_page_is_english_for_those_who_chose_so() {
    let stage = Stage::new();
    let visitor = stage.visitor(Role::Admin, "city");
    visitor.post("/language", &[("language", "en"), ("next", "/")]);
    let page = visitor.get(&format!("{}?done=amend", stage.page)).expect(200);
    assert!(page.contains("Every version") && page.contains("This cannot be undone"), "{page}");
    let main = page.split("<main").nth(1).expect("a page").split("</main>").next().expect("its end");
    let data = ["户", "测试", "科协"];
    let stray =
        main.chars().filter(|letter| ('一'..='龥').contains(letter) && data.iter().all(|word| !word.contains(*letter)));
    assert_eq!(stray.collect::<String>(), "");
}
