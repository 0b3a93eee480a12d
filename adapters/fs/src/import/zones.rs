//! Time zones, as people and Windows call them.

use jiff::tz::TimeZone;

use super::lists::pairs;

const ZONES: &str = include_str!("../../content/zones.txt");

/// A zone that a text was read as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Zone {
    /// Its name in the IANA database.
    pub(super) name: String,
    /// What has to be said about it.
    pub(super) note: Option<&'static str>,
}

/// The zone of a text: a name of the IANA database, of Windows (`Pacific Standard Time`), an abbreviation (`CET`), an
/// offset (`UTC+2`) or a city that the database has.
pub(super) fn find(text: &str) -> Option<Zone> {
    let text = text.trim();
    if text.is_empty() || text.len() > 128 {
        return None;
    }
    let plain = |name: &str| Some(Zone { name: name.to_owned(), note: None });
    if let Some((_, zone)) = pairs(ZONES).find(|(name, _)| name.eq_ignore_ascii_case(text)) {
        return plain(zone);
    }
    if text.contains('/') || text == "UTC" {
        return iana(text).map(|name| Zone { name, note: None });
    }
    if let Some((minutes, rest)) = offset(text) {
        return city_of(&rest).or_else(|| of_offset(minutes));
    }
    city(text)
}

/// The name as the database has it. Where there is no database, whatever looks like one of its names.
fn iana(text: &str) -> Option<String> {
    let text = text.replace(' ', "_");
    if let Ok(zone) = TimeZone::get(&text) {
        return Some(zone.iana_name().map_or(text, ToOwned::to_owned));
    }
    let is_name = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_uppercase())
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+-".contains(&b))
    };
    let is_empty = jiff::tz::db().available().next().is_none();
    (is_empty && text.contains('/') && text.split('/').all(is_name)).then_some(text)
}

/// Minutes east of UTC, and what stands behind: `UTC+2`, `GMT-03:30`, `+02:00`, `(UTC+01:00) Amsterdam, Berlin`.
fn offset(text: &str) -> Option<(i32, String)> {
    let text = text.strip_prefix('(').unwrap_or(text).replace('−', "-");
    let upper = text.to_ascii_uppercase();
    let at = if upper.starts_with("UTC") || upper.starts_with("GMT") { 3 } else { 0 };
    let tail = text.get(at..)?.trim_start();
    let sign = match tail.chars().next()? {
        '+' => 1,
        '-' => -1,
        ')' if at == 3 => return Some((0, tail[1..].trim().to_owned())),
        _ => return None,
    };
    let tail = tail[1..].trim_start();
    let end = tail.find(|c: char| !c.is_ascii_digit() && c != ':').unwrap_or(tail.len());
    let (digits, rest) = tail.split_at(end);
    let (hours, minutes) = match digits.split_once(':') {
        Some((hours, minutes)) => (hours, minutes),
        None if digits.len() == 4 => digits.split_at(2),
        None => (digits, "0"),
    };
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    let is_fit = hours <= 14 && minutes < 60;
    is_fit.then(|| (sign * (hours * 60 + minutes), rest.trim_matches([')', ' ']).to_owned()))
}

fn of_offset(minutes: i32) -> Option<Zone> {
    const FIXED: &str =
        "a fixed offset without daylight saving; name a city's zone such as Europe/Berlin if it has any";
    if minutes == 0 {
        return Some(Zone { name: "UTC".to_owned(), note: None });
    }
    if minutes % 60 == 0 {
        // The database has the sign the other way round.
        let hours = minutes / 60;
        return (-12..=14).contains(&hours).then(|| Zone { name: format!("Etc/GMT{:+}", -hours), note: Some(FIXED) });
    }
    let key = minutes.to_string();
    pairs(ZONES).find(|(name, _)| *name == key).map(|(_, zone)| Zone { name: zone.to_owned(), note: None })
}

/// The zone of the first city of a list that the database has.
fn city_of(list: &str) -> Option<Zone> {
    list.split(',').map(str::trim).filter(|name| !name.is_empty()).find_map(city)
}

/// The zone called after a city.
fn city(name: &str) -> Option<Zone> {
    let wanted = name.replace(' ', "_");
    let is_it = |zone: &str| {
        zone.rsplit_once('/').is_some_and(|(area, city)| area != "Etc" && city.eq_ignore_ascii_case(&wanted))
    };
    let mut found: Vec<String> =
        jiff::tz::db().available().map(|zone| zone.as_str().to_owned()).filter(|zone| is_it(zone)).collect();
    // The shortest name is the one that isn't kept for the sake of old programs.
    found.sort_by_key(|zone| (zone.matches('/').count(), zone.clone()));
    found.into_iter().next().map(|name| Zone { name, note: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_found_by_whatever_they_are_called() {
        for (text, expected) in [
            ("Europe/Kyiv", "Europe/Kyiv"),
            ("europe/berlin", "Europe/Berlin"),
            ("America/New York", "America/New_York"),
            ("Pacific Standard Time", "America/Los_Angeles"),
            ("W. Europe Standard Time", "Europe/Berlin"),
            ("EST", "America/New_York"),
            ("cet", "Europe/Prague"),
            ("UTC", "UTC"),
            ("UTC+2", "Etc/GMT-2"),
            ("GMT-03:00", "Etc/GMT+3"),
            ("+05:30", "Asia/Kolkata"),
            ("(UTC+01:00) Amsterdam, Berlin, Bern, Rome", "Europe/Amsterdam"),
            ("Berlin", "Europe/Berlin"),
            ("new york", "America/New_York"),
        ] {
            assert_eq!(find(text).map(|zone| zone.name).as_deref(), Some(expected), "{text}");
        }
        for text in ["", "home", "Mars/Olympus", "UTC+99", "+", "()", "(", "-"] {
            assert_eq!(find(text), None, "{text}");
        }
    }

    #[test]
    fn every_zone_of_the_list_is_one() {
        for (name, zone) in pairs(ZONES) {
            assert!(TimeZone::get(zone).is_ok(), "{name}: {zone}");
        }
    }
}
