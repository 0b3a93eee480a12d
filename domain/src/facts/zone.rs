//! Which time zone a host's clock shows, from what can be seen of it.

use alloc::borrow::ToOwned;
use alloc::string::String;

use jiff::tz::TimeZone;

/// What a host says of its zone, the first that says something deciding: a variable of its processes goes
/// before `/etc/localtime`, as in the C library, and Debian's `/etc/timezone` is only a note beside that.
#[derive(Clone, Copy, Debug, Default)]
pub struct ZoneSigns<'a> {
    /// `TZ` of the first process's environment.
    pub variable: Option<&'a str>,
    /// Where the link `/etc/localtime` points.
    pub link: Option<&'a str>,
    /// What the file `/etc/localtime` holds.
    pub localtime: Option<&'a [u8]>,
    /// What `/etc/timezone` holds.
    pub timezone: Option<&'a str>,
    /// Whether there is a system that would show UTC where nothing else is said.
    pub is_system: bool,
}

impl ZoneSigns<'_> {
    /// The zone. `by_name` looks a name of the zone database up.
    pub fn zone(self, by_name: impl Fn(&str) -> Option<TimeZone>) -> Option<TimeZone> {
        let file = |bytes: &[u8]| TimeZone::tzif("", bytes).ok();
        self.variable
            .and_then(|text| of_variable(text, &by_name))
            .or_else(|| self.link.and_then(name_of_link).and_then(|name| by_name(&name)))
            .or_else(|| self.localtime.and_then(file))
            .or_else(|| by_name(self.timezone?.trim()).filter(|_| self.timezone.is_some_and(|t| !t.trim().is_empty())))
            .or(self.is_system.then_some(TimeZone::UTC))
    }
}

/// `TZ` as tzset(3) reads it: a name of the database, with or without a colon, a path in it, or a rule
/// such as `JST-9`.
fn of_variable(text: &str, by_name: &impl Fn(&str) -> Option<TimeZone>) -> Option<TimeZone> {
    let text = text.trim();
    let text = text.strip_prefix(':').unwrap_or(text);
    if text.is_empty() {
        return None;
    }
    match name_of_link(text) {
        Some(name) => by_name(&name),
        None => by_name(text).or_else(|| TimeZone::posix(text).ok()),
    }
}

/// `../usr/share/zoneinfo/Asia/Tokyo` is `Asia/Tokyo`.
fn name_of_link(target: &str) -> Option<String> {
    let (_, name) = target.split_once("/zoneinfo/")?;
    let name = name.strip_prefix("posix/").or_else(|| name.strip_prefix("right/")).unwrap_or(name);
    let is_fit = name.len() <= 100
        && name.split('/').all(|part| !part.is_empty() && !part.starts_with('.'))
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"/_-+".contains(&b));
    is_fit.then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn seconds(signs: ZoneSigns<'_>) -> Option<i32> {
        let by_name = |name: &str| match name {
            "Asia/Tokyo" => TimeZone::posix("JST-9").ok(),
            "America/Los_Angeles" => TimeZone::posix("PST8").ok(),
            _ => None,
        };
        signs.zone(by_name).map(|zone| zone.to_offset(Timestamp::UNIX_EPOCH).seconds())
    }

    /// A version 2 file of `Asia/Tokyo` without transitions: two headers and the rule.
    fn tzif() -> alloc::vec::Vec<u8> {
        let mut bytes = alloc::vec::Vec::new();
        for _ in 0..2 {
            bytes.extend(b"TZif2");
            bytes.extend([0; 15]);
            for count in [0_u32, 0, 0, 0, 1, 4] {
                bytes.extend(count.to_be_bytes());
            }
            bytes.extend(32_400_i32.to_be_bytes());
            bytes.extend([0, 0]);
            bytes.extend(b"JST\0");
        }
        bytes.extend(b"\nJST-9\n");
        bytes
    }

    #[test]
    fn a_zone_is_found_wherever_the_host_says_it() {
        let none = ZoneSigns::default();
        let tokyo = Some(32_400);
        for variable in ["Asia/Tokyo", ":Asia/Tokyo", "/usr/share/zoneinfo/Asia/Tokyo", "JST-9"] {
            assert_eq!(seconds(ZoneSigns { variable: Some(variable), ..none }), tokyo, "{variable}");
        }
        for link in ["/usr/share/zoneinfo/Asia/Tokyo", "../usr/share/zoneinfo/posix/Asia/Tokyo"] {
            assert_eq!(seconds(ZoneSigns { link: Some(link), ..none }), tokyo, "{link}");
        }
        assert_eq!(seconds(ZoneSigns { localtime: Some(&tzif()), ..none }), tokyo);
        assert_eq!(seconds(ZoneSigns { timezone: Some("Asia/Tokyo\n"), ..none }), tokyo);
    }

    #[test]
    fn what_the_clock_shows_goes_before_what_is_only_written_down() {
        let both = ZoneSigns {
            link: Some("/usr/share/zoneinfo/Asia/Tokyo"),
            timezone: Some("America/Los_Angeles"),
            ..ZoneSigns::default()
        };
        assert_eq!(seconds(both), Some(32_400));
        assert_eq!(seconds(ZoneSigns { variable: Some("PST8"), ..both }), Some(-28_800));
    }

    #[test]
    fn nonsense_says_nothing_and_a_system_that_says_nothing_shows_utc() {
        let none = ZoneSigns::default();
        for link in ["/etc/passwd", "/usr/share/zoneinfo/../../etc/passwd", "/usr/share/zoneinfo/"] {
            assert_eq!(seconds(ZoneSigns { link: Some(link), ..none }), None, "{link}");
        }
        assert_eq!(seconds(ZoneSigns { localtime: Some(b"TZif\0garbage"), ..none }), None);
        assert_eq!(seconds(ZoneSigns { timezone: Some("\n"), ..none }), None);
        assert_eq!(seconds(ZoneSigns { is_system: true, ..none }), Some(0));
    }
}
