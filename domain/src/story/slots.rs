//! What stands in braces in a storyline's texts.

use alloc::format;
use alloc::string::String;

use super::storyline::{How, OfCompany, Storyline};
use crate::content::day_form::DayForm;

/// A slot, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    Ticket,
    Company,
    Domain,
    Person(usize, PersonForm),
    Fact(usize, FactForm),
    /// The day of a beat, less so many days.
    Beat(usize, u16, DateForm),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PersonForm {
    First,
    Full,
    Login,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FactForm {
    Plain,
    Date(DateForm),
    /// With a capital first letter.
    Capital,
    /// The address of a host.
    Address,
}

/// How a day, or the moment of a beat, is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DateForm {
    Day(DayForm),
    /// The time of the day.
    Clock,
}

impl Storyline {
    /// What a slot means.
    pub(super) fn slot(&self, slot: &str) -> Result<Slot, String> {
        let unknown = || format!("{{{slot}}} is no slot of this storyline");
        match slot {
            "ticket" => return Ok(Slot::Ticket),
            "company" => return Ok(Slot::Company),
            "domain" => return Ok(Slot::Domain),
            _ => {}
        }
        let (name, form) = slot.split_once(':').map_or((slot, None), |(name, form)| (name, Some(form)));
        let is_capital = form == Some("cap");
        let date = form.filter(|_| !is_capital).map(|form| date_form(form).ok_or_else(unknown)).transpose()?;
        if let Some(name) = name.strip_prefix('@') {
            let (name, back) = match name.rsplit_once('-') {
                Some((name, back)) if back.bytes().all(|b| b.is_ascii_digit()) && !back.is_empty() => {
                    (name, back.parse().map_err(|_| unknown())?)
                }
                _ => (name, 0),
            };
            let beat = self.beat_named(name).ok_or_else(unknown)?;
            return Ok(Slot::Beat(beat, back, date.ok_or_else(unknown)?));
        }
        let (base, part) = name.split_once('.').map_or((name, None), |(base, part)| (base, Some(part)));
        if let Some(person) = self.part_named(base) {
            return match (part, form) {
                (None, None) => Ok(Slot::Person(person, PersonForm::First)),
                (Some("full"), None) => Ok(Slot::Person(person, PersonForm::Full)),
                (Some("login"), None) => Ok(Slot::Person(person, PersonForm::Login)),
                _ => Err(unknown()),
            };
        }
        let fact = self.fact_named(base).ok_or_else(unknown)?;
        let form = match (&self.facts[fact].how, part, date) {
            (How::Company(OfCompany::Host | OfCompany::OtherHost), Some("address"), None) => FactForm::Address,
            (How::Day { .. }, None, Some(form)) if form != DateForm::Clock => FactForm::Date(form),
            (How::Day { .. }, ..) | (_, Some(_), _) | (_, _, Some(_)) => return Err(unknown()),
            (_, None, None) if is_capital => FactForm::Capital,
            (_, None, None) => FactForm::Plain,
        };
        Ok(Slot::Fact(fact, form))
    }

    /// The beat whose day a slot tells, if it tells one that is not a deadline: such a day has to be past.
    fn told(&self, slot: Slot) -> Option<usize> {
        match slot {
            Slot::Beat(beat, ..) => Some(beat),
            Slot::Fact(fact, _) => match self.facts.get(fact)?.how {
                How::Day { beat, .. } => Some(beat),
                _ => None,
            },
            _ => None,
        }
    }
}

fn date_form(word: &str) -> Option<DateForm> {
    match word {
        "clock" => Some(DateForm::Clock),
        "iso" | "daymonth" | "monthday" | "weekday" | "slash" | "month" => DayForm::named(word).map(DateForm::Day),
        _ => None,
    }
}

/// The pieces of a text: what stands there, and what stands in braces.
pub(super) enum Piece<'t> {
    Text(&'t str),
    Slot(&'t str),
}

/// Takes a text apart. A brace after a `$`, one that nothing closes and one with a blank behind it are text: so shells
/// and `awk` have them.
pub(super) fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    let mut is_variable = false;
    core::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        if let Some(inside) = rest.strip_prefix('{').filter(|_| !is_variable)
            && let Some((slot, after)) = inside.split_once('}')
            && !slot.contains([' ', '{'])
        {
            rest = after;
            return Some(Piece::Slot(slot));
        }
        // From the second byte on: the first is text, whatever it is.
        let first = rest.chars().next().map_or(1, char::len_utf8);
        // These texts are short: counting is faster than a search.
        let end = rest.bytes().skip(first).position(|byte| byte == b'{').map_or(rest.len(), |at| first + at);
        let (text, after) = rest.split_at(end);
        rest = after;
        is_variable = text.ends_with('$');
        Some(Piece::Text(text))
    })
}

/// What the braces of a text may be that are no slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Braces {
    /// Nothing but slots: anything else is a slip.
    Slots,
    /// A program's own.
    Code,
}

/// Whether all slots of a text are known, and tell of nothing that is later than the beat it belongs to.
pub(super) fn check_slots(text: &str, story: &Storyline, beat: Option<usize>, braces: Braces) -> Result<(), String> {
    for piece in pieces(text) {
        match piece {
            Piece::Text(text) if braces == Braces::Slots && text.contains(['{', '}']) => {
                return Err("a brace without its other half".into());
            }
            Piece::Text(_) => {}
            Piece::Slot(word) => {
                let slot = story.slot(word)?;
                if story.told(slot).is_some_and(|told| beat.is_some_and(|beat| told > beat)) {
                    return Err(format!("{{{word}}} is the day of a beat that is still to come"));
                }
            }
        }
    }
    Ok(())
}
