//! Facts: how they are written down, and what they come out as.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::line::Line;
use super::slots::{Braces, check_slots};
use super::storyline::{How, OfCompany, Operand, Operator, Storyline, Text};

/// What a fact came out as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// A text.
    Text(String),
    /// A whole number.
    Number(i64),
    /// An amount, in cents.
    Amount(i64),
    /// A day, so many days after a beat's, or working days.
    Day {
        /// The beat's place.
        beat: usize,
        /// Days after it; before it where negative.
        days: i64,
        /// Whether only Mondays to Fridays count.
        is_working: bool,
    },
}

impl OfCompany {
    pub(super) fn is_host(self) -> bool {
        matches!(self, Self::Host | Self::OtherHost)
    }

    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "@host" => Self::Host,
            "@otherhost" => Self::OtherHost,
            "@customer" => Self::Customer,
            "@vendor" => Self::Vendor,
            "@product" => Self::Product,
            "@version" => Self::Version,
            "@system" => Self::System,
            "@project" => Self::Project,
            _ => return None,
        })
    }
}

/// Reads how a fact is drawn; what it speaks of stands above it.
pub(super) fn parse_fact(how: &str, line: &Line<'_>, story: &Storyline) -> Result<How, String> {
    let known = |name: &str| story.fact_named(name);
    let choice = || How::Choice(how.split(" | ").map(|text| line.place(text.trim())).collect());
    if how.contains(" | ") && !how.contains("=>") {
        return Ok(choice());
    }
    if how.starts_with('@') {
        return OfCompany::parse(how).map(How::Company).ok_or_else(|| format!("{how} is nothing of the company's"));
    }
    if let Some(rest) = how.strip_prefix("by ") {
        return parse_by(rest, line, story);
    }
    if let Some(rest) = how.strip_prefix("day ") {
        return parse_day(rest, story);
    }
    if let Some(rest) = how.strip_prefix("money ") {
        let (span, step) = rest.split_once(" step ").map_or((rest, None), |(span, step)| (span, Some(step)));
        let cents = step.map_or(Some(1), |step| Some(i64::from(step.parse::<u32>().ok().filter(|n| *n > 0)?) * 100));
        let (Some((least, most)), Some(step)) = (range(span), cents) else {
            return Err("an amount is money FROM..TO, or money FROM..TO step N".into());
        };
        return Ok(How::Money { least: least * 100, most: most * 100, step });
    }
    if let Some(rest) = how.strip_prefix("clock ") {
        let minutes = |text: &str| {
            let (hour, minute) = text.split_once(':')?;
            let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
            (hour < 24 && minute < 60).then_some(hour * 60 + minute)
        };
        let span = rest.split_once("..").and_then(|(a, b)| Some((minutes(a)?, minutes(b)?)));
        let (least, most) = span.filter(|(a, b)| a <= b).ok_or("a time is clock HH:MM..HH:MM")?;
        return Ok(How::Clock { least, most });
    }
    if let Some(rest) = how.strip_prefix("hex ") {
        return rest.parse().ok().filter(|n| (1..=64).contains(n)).map(How::Hex).ok_or_else(|| "hex 1 to 64".into());
    }
    if let Some((span, of)) = how.split_once(" % of ")
        && let Some((least, most)) = range(span)
    {
        let of = known(of).ok_or_else(|| format!("there is no fact {of} above"))?;
        return Ok(How::Share { least, most, of });
    }
    let (span, step) = how.split_once(" step ").unwrap_or((how, "1"));
    if let (Some((least, most)), Ok(step)) = (range(span), step.parse::<i64>()) {
        return if step > 0 { Ok(How::Number { least, most, step }) } else { Err("a step is at least 1".into()) };
    }
    if let Some(sum) = parse_sum(how, &known) {
        return Ok(sum);
    }
    Ok(choice())
}

fn range(text: &str) -> Option<(i64, i64)> {
    let (least, most) = text.split_once("..")?;
    let (least, most): (u32, u32) = (least.parse().ok()?, most.parse().ok()?);
    (least <= most).then_some((i64::from(least), i64::from(most)))
}

fn operator(word: &str) -> Option<Operator> {
    Some(match word {
        "+" => Operator::Add,
        "-" => Operator::Subtract,
        "*" => Operator::Multiply,
        "/" => Operator::Divide,
        _ => return None,
    })
}

/// `size - used + freed`, where all names are facts.
fn parse_sum(how: &str, known: &dyn Fn(&str) -> Option<usize>) -> Option<How> {
    let operand = |word: &str| {
        let number = word.parse::<u32>().ok().map(|n| Operand::Number(i64::from(n)));
        number.or_else(|| known(word).map(Operand::Fact))
    };
    let mut words = how.split(' ');
    let first = operand(words.next()?)?;
    let mut rest = Vec::new();
    while let Some(word) = words.next() {
        rest.push((operator(word)?, operand(words.next()?)?));
    }
    (!rest.is_empty()).then_some(How::Sum { first, rest })
}

/// `cause: full => text ; key => text`
fn parse_by(rest: &str, line: &Line<'_>, story: &Storyline) -> Result<How, String> {
    let (name, cases) = rest.split_once(':').ok_or("by FACT: VALUE => text ; VALUE => text")?;
    let fact = story.fact_named(name.trim()).ok_or_else(|| format!("there is no fact {name} above"))?;
    let values = story.values_of(fact).ok_or_else(|| format!("{name} is no choice"))?;
    let mut found = Vec::new();
    for case in cases.split(" ; ") {
        let (value, text) = case.split_once("=>").ok_or("by FACT: VALUE => text ; VALUE => text")?;
        let (value, text) = (value.trim(), text.trim());
        if !values.iter().any(|known| story.text(*known) == value) {
            return Err(format!("{name} is never {value}"));
        }
        check_slots(text, story, None, Braces::Slots)?;
        found.push((line.place(value), line.place(text)));
    }
    let is_named = |value: &&Text| found.iter().any(|(known, _)| story.text(*known) == story.text(**value));
    match values.iter().find(|value| !is_named(value)) {
        Some(missing) => Err(format!("nothing is said for {name} = {}", story.text(*missing))),
        None => Ok(How::By { fact, cases: found }),
    }
}

/// `found - days`, `found + 2 wd`
fn parse_day(rest: &str, story: &Storyline) -> Result<How, String> {
    let mut words = rest.split(' ');
    let name = words.next().unwrap_or_default();
    let beat = story.beat_named(name).ok_or_else(|| format!("there is no beat {name}"))?;
    let days = match words.next() {
        None => None,
        Some(sign) => {
            let sign = operator(sign).filter(|sign| matches!(sign, Operator::Add | Operator::Subtract));
            let word = words.next().unwrap_or_default();
            let number = word.parse::<u16>().ok().map(|n| Operand::Number(i64::from(n)));
            let count = number.or_else(|| story.fact_named(word).map(Operand::Fact));
            Some(sign.zip(count).ok_or("a day is: day BEAT - DAYS, or day BEAT + DAYS wd")?)
        }
    };
    match words.next() {
        None => Ok(How::Day { beat, days, is_working: false }),
        Some("wd") => Ok(How::Day { beat, days, is_working: true }),
        Some(_) => Err("a day is: day BEAT - DAYS, or day BEAT + DAYS wd".into()),
    }
}
