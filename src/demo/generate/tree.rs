//! A province's tree of associations: 科协 of the province, its cities and counties, townships and villages, with the
//! societies, trades, bureaus and companies beside them. Every place is invented.

use std::collections::HashMap;

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};

use super::chance::{Calendar, Dice, day, later};
use super::words;
use crate::associations::store::AssociationRow;
use crate::associations::{Kind, Level, PutAssociation, Status};
use crate::database::Coded;
use crate::error::ApiResult;

/// An association, and how long it reports.
pub(super) struct Member {
    pub row: AssociationRow,
    /// The day before which everything it reports was done and reported: today, or the day it was dissolved.
    pub until: NaiveDate,
    /// What it is called after.
    place: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Role {
    Province,
    City,
    County,
    Bureau,
    National,
    Society,
    CountySociety,
    Trade,
    Branch,
    Township,
    Village,
    Company,
}

/// How the many small ones take turns.
const CYCLE: [Role; 20] = [
    Role::Township,
    Role::CountySociety,
    Role::Village,
    Role::Trade,
    Role::Society,
    Role::Village,
    Role::Branch,
    Role::Township,
    Role::Village,
    Role::Company,
    Role::CountySociety,
    Role::Village,
    Role::Township,
    Role::Village,
    Role::Trade,
    Role::Village,
    Role::Branch,
    Role::Township,
    Role::Village,
    Role::CountySociety,
];

/// Of the villages at these places of a hundred, one is being founded and one was dissolved.
const PREPARING: usize = 5;
const DISSOLVED: usize = 15;

/// The roles of a tree of so many.
fn roles(count: usize) -> impl Iterator<Item = Role> {
    let (cities, counties) = ((count / 12).min(16), (count / 8).min(100));
    let bureaus = (cities + counties).min(count / 8);
    [(Role::Province, 1), (Role::City, cities), (Role::County, counties), (Role::Bureau, bureaus)]
        .into_iter()
        .chain([(Role::National, (count / 20).min(words::NATIONAL.len()))])
        .flat_map(|(role, times)| std::iter::repeat_n(role, times))
        .chain(CYCLE.into_iter().cycle())
        .take(count)
}

/// Grows a tree of `count` associations, parents before children.
///
/// # Errors
/// A fault of ours: too deep a tree.
pub(super) fn grow(prefix: &str, count: usize, calendar: &Calendar, dice: &mut Dice) -> ApiResult<Vec<Member>> {
    let founded = calendar.founded();
    let mut tree = Tree { members: Vec::with_capacity(count), by_role: HashMap::new(), named: HashMap::new() };
    let mut turn = 0;
    for (index, role) in roles(count).enumerate() {
        let code = format!("{prefix}-{:05}", index + 1);
        let now = founded + TimeDelta::milliseconds(i64::try_from(index).unwrap_or_default());
        tree.add(&code, role, now, calendar, dice)?;
        if let (Role::Village, Some(last)) = (role, tree.members.last_mut()) {
            match turn % 100 {
                PREPARING => last.row.status = Coded(Status::Preparing),
                DISSOLVED => dissolve(last, calendar, dice),
                _ => {}
            }
        }
        turn += usize::from(CYCLE.contains(&role));
    }
    Ok(tree.members)
}

/// Dissolves it on a day of the current year; on its first day there is none yet.
fn dissolve(member: &mut Member, calendar: &Calendar, dice: &mut Dice) {
    let passed = i64::from(calendar.today().ordinal0());
    if let Some(current) = calendar.years().last().filter(|_| passed > 0) {
        member.until = later(day(current, 1, 1), dice.between(0, passed - 1));
        member.row.status = Coded(Status::Dissolved);
        member.row.version += 1;
        member.row.updated_at = calendar.at_work(member.until, dice);
    }
}

struct Tree {
    members: Vec<Member>,
    by_role: HashMap<Role, Vec<usize>>,
    /// How many of a role a parent has.
    named: HashMap<(usize, Role), usize>,
}

impl Tree {
    fn add(
        &mut self,
        code: &str,
        role: Role,
        now: DateTime<Utc>,
        calendar: &Calendar,
        dice: &mut Dice,
    ) -> ApiResult<()> {
        let place = self.members.len();
        let above = (place > 0).then(|| self.above(role, dice));
        let turn = self.named.entry((above.unwrap_or_default(), role)).or_default();
        let parent = above.and_then(|above| self.members.get(above));
        // Neighbours do not all begin with the same name.
        let shift = if role == Role::City || role == Role::National { 0 } else { above.unwrap_or_default() % 8 };
        let (name, place_name) = name(role, parent.map_or("", |parent| &parent.place), *turn + shift);
        *turn += 1;
        let level = level(role, parent.map(|parent| parent.row.level.0));
        let aliases = alias(&name).filter(|_| dice.one_in(3)).into_iter().collect();
        let body = PutAssociation { name, kind: kind(role), level, status: Status::Active, parent: None, aliases };
        let row = AssociationRow::new(dice.id(now), code, &body, parent.map(|parent| &parent.row), now)?;
        self.members.push(Member { row, until: calendar.today(), place: place_name });
        self.by_role.entry(role).or_default().push(place);
        Ok(())
    }

    /// Whom a new one of this role hangs below; the root where there is nobody better.
    fn above(&self, role: Role, dice: &mut Dice) -> usize {
        let of = |role| self.by_role.get(&role).map(Vec::as_slice).unwrap_or_default();
        let next = |above: &[usize]| above.get(of(role).len() % above.len().max(1)).copied().unwrap_or_default();
        match role {
            Role::Province | Role::City | Role::National => 0,
            Role::County => next(of(Role::City)),
            Role::Bureau => next(&[of(Role::City), of(Role::County)].concat()),
            Role::Township => next(of(Role::County)),
            Role::Society => dice.pick(&[&[0], of(Role::City)].concat()),
            Role::CountySociety | Role::Trade | Role::Company => dice.pick(of(Role::County)),
            Role::Branch => dice.pick(&[of(Role::Society), of(Role::CountySociety)].concat()),
            Role::Village => dice.pick(of(Role::Township)),
        }
    }
}

/// The name of the next of a role below a place, and what those below it are called after.
fn name(role: Role, above: &str, turn: usize) -> (String, String) {
    let place = |own: String| (format!("{own}科学技术协会"), own);
    let alone = |name: String| (name.clone(), name);
    match role {
        Role::Province => place("云岭省".to_owned()),
        Role::City => place(format!("{}市", words::pair(&words::CITIES, &["州", "阳", "河"], turn))),
        Role::County => place(format!("{above}{}", words::pair(&words::COUNTIES, &["县", "区", "县"], turn))),
        Role::Bureau => alone(format!("{above}科学技术局")),
        Role::National => alone(words::NATIONAL.get(turn).copied().unwrap_or_default().to_owned()),
        Role::Society | Role::CountySociety => {
            alone(format!("{above}{}", words::pair(&words::SUBJECTS, &["学会", "研究会", "科普学会"], turn)))
        }
        Role::Trade => {
            alone(format!("{above}{}", words::pair(&words::TRADES, &["协会", "产业协会", "专业技术协会"], turn)))
        }
        Role::Branch => alone(format!("{above}{}", words::pair(&words::BRANCHES, &["分会", "专业委员会"], turn))),
        Role::Township => place(format!("{above}{}", words::pair(&words::TOWNSHIPS, &["镇", "乡", "街道"], turn))),
        Role::Village => place(format!("{above}{}", words::pair(&words::VILLAGES, &["村", "社区"], turn))),
        Role::Company => place(format!("{above}{}", words::pair(&words::COMPANIES, &["集团", "科技园", "学院"], turn))),
    }
}

/// The short name that people use.
fn alias(name: &str) -> Option<String> {
    let short = name.replace("科学技术协会", "科协").replace("科学技术局", "科技局");
    (short != name).then_some(short)
}

const fn kind(role: Role) -> Kind {
    match role {
        Role::Province | Role::City | Role::County | Role::Township | Role::Village => Kind::Federation,
        Role::Bureau => Kind::Bureau,
        Role::National | Role::Society | Role::CountySociety => Kind::Society,
        Role::Trade => Kind::IndustryAssociation,
        Role::Branch => Kind::Branch,
        Role::Company => Kind::Other,
    }
}

fn level(role: Role, above: Option<Level>) -> Level {
    match role {
        Role::Province => Level::Provincial,
        Role::City => Level::Municipal,
        Role::County => Level::County,
        Role::National => Level::National,
        Role::Township => Level::Township,
        Role::Village | Role::Company => Level::Grassroots,
        Role::Bureau | Role::Society | Role::CountySociety | Role::Trade | Role::Branch => {
            above.unwrap_or(Level::Provincial)
        }
    }
}
