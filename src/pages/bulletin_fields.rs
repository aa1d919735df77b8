//! The fields of the form that asks for a bulletin.

use maud::{Markup, html};
use uuid::Uuid;

use super::fields::Filled;
use super::overview::{kinds, levels};
use super::{Visit, Visitor};
use crate::bulletins::Audience;
use crate::completion::Basis;

/// By their names in a request to the API.
pub(super) const FIELDS: [&str; 8] = ["title", "year", "as_of", "scope", "level", "kind", "basis", "audience"];

/// Names the form, so that it issues one bulletin however often it is sent.
pub(super) const KEY: &str = "key";

/// The form as it is shown.
pub(super) struct Form {
    pub filled: Filled,
    /// Some names of associations to choose from.
    pub places: Vec<String>,
}

/// All of its fields, filled in as they were.
pub(super) fn fields(visitor: &Visitor, form: &Form) -> Markup {
    let (visit, filled) = (&visitor.visit, &form.filled);
    let key = filled.value(KEY).parse().unwrap_or_else(|_| Uuid::now_v7());
    let bases =
        [Basis::Reported, Basis::Verified].map(|basis| (basis.as_ref().to_owned(), basis.words().get(visit.language)));
    html! {
        input type="hidden" name=(KEY) value=(key);
        (field(visit, filled, "title", visit.say("标题", "Title"), |why| html! {
            input #title name="title" required maxlength="200" value=(filled.value("title")) autocomplete="off" aria-invalid=[why.map(|_| "true")] aria-describedby=[why];
        }))
        (field(visit, filled, "year", visit.say("年度", "Year"), |why| html! {
            input #year name="year" type="number" min="1949" max="2199" required value=(filled.value("year")) aria-invalid=[why.map(|_| "true")] aria-describedby=[why];
        }))
        (field(visit, filled, "as_of", visit.say("数据截至（只含当日24时前录入的数据，不填即为现在）", "As of (what was recorded by the end of that day; empty: now)"), |why| html! {
            input #as_of name="as_of" type="date" value=(filled.value("as_of")) aria-invalid=[why.map(|_| "true")] aria-describedby=[why];
        }))
        (whom(visitor, form))
        (choice(visit, filled, "basis", visit.say("口径", "Basis"), &bases))
        (for_whom(visit, filled))
    }
}

/// Which associations it shall be about.
fn whom(visitor: &Visitor, form: &Form) -> Markup {
    let (visit, filled) = (&visitor.visit, &form.filled);
    let all = (String::new(), visit.say("全部", "all"));
    let levels: Vec<_> = [all.clone()].into_iter().chain(levels(visit)).collect();
    let kinds: Vec<_> = [all].into_iter().chain(kinds(visit)).collect();
    html! {
        fieldset {
            legend { (visit.say("通报哪些组织", "About whom")) }
            div .broad { (place(visitor, form)) }
            (choice(visit, filled, "level", visit.say("层级", "Level"), &levels))
            (choice(visit, filled, "kind", visit.say("类型", "Kind"), &kinds))
        }
    }
}

/// The association at the top, by its name, an alias or its code.
fn place(visitor: &Visitor, form: &Form) -> Markup {
    let (visit, filled) = (&visitor.visit, &form.filled);
    let is_bound = visitor.caller.scope.is_some();
    let label = match is_bound {
        true => visit.say("组织（含其全部下级）", "Association, with all below it"),
        false => {
            visit.say("组织（含其全部下级，不填即为全部组织）", "Association, with all below it (empty: everybody)")
        }
    };
    field(visit, filled, "scope", label, |why| {
        html! {
            input #scope name="scope" list="places" required[is_bound] value=(filled.value("scope")) placeholder=(visit.say("名称、别名或代码", "name, alias or code")) autocomplete="off" autocapitalize="none" spellcheck="false" aria-invalid=[why.map(|_| "true")] aria-describedby=[why];
            datalist #places { @for name in &form.places { option value=(name) {} } }
        }
    })
}

fn for_whom(visit: &Visit, filled: &Filled) -> Markup {
    let audiences = [Audience::Supervisors, Audience::Members];
    let audiences = audiences.map(|audience| (audience.as_ref().to_owned(), audience.words().get(visit.language)));
    let select = |why: Option<&str>| {
        html! {
            select #audience name="audience" aria-invalid=[why.map(|_| "true")] aria-describedby={ "audience-words " (why.unwrap_or_default()) } {
                (options(&audiences, filled.value("audience")))
            }
        }
    };
    html! {
        (field(visit, filled, "audience", visit.say("发送范围", "For"), select))
        p .quiet #audience-words {
            (visit.say(
                "仅限主管组织：只有能看到上述全部组织的密钥可以查看。印发各组织：上述各组织的密钥也能查看整份通报，包括其他组织的名次和得分。",
                "Supervisors only: it is read with keys that may see all of these associations. Circulated to its members: the keys of these \
                 associations read all of it too, with the ranks and scores of the others.",
            ))
        }
    }
}

fn choice(visit: &Visit, filled: &Filled, name: &str, label: &str, choices: &[(String, &str)]) -> Markup {
    field(visit, filled, name, label, |why| {
        html! {
            select id=(name) name=(name) aria-invalid=[why.map(|_| "true")] aria-describedby=[why] {
                (options(choices, filled.value(name)))
            }
        }
    })
}

fn options(choices: &[(String, &str)], chosen: &str) -> Markup {
    html! { @for (value, words) in choices { option value=(value) selected[value == chosen] { (words) } } }
}

/// A field with what is wrong beneath it; `control` makes its input, told the id of what is wrong.
fn field(visit: &Visit, filled: &Filled, name: &str, label: &str, control: impl Fn(Option<&str>) -> Markup) -> Markup {
    let (wrong, why) = (filled.wrong(visit, name), format!("{name}-wrong"));
    html! {
        div .field {
            label for=(name) { (label) }
            (control(wrong.map(|_| why.as_str())))
            @if let Some(wrong) = wrong { p .wrong id=(why) role="alert" { (wrong) } }
        }
    }
}
