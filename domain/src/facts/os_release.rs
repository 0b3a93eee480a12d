//! Which distribution a host runs, from os-release(5).

use alloc::string::String;

use crate::account::MOST_LINES;

/// Distributions that keep their logs in the same way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Family {
    /// Debian, Ubuntu and what is made of them: `syslog`, `auth.log`.
    Debian,
    /// Red Hat, Fedora, Alma, Rocky, Oracle, Amazon: `messages`, `secure`, `cron`.
    RedHat,
    /// Alpine and others of busybox: `messages`.
    Busybox,
    /// Another one that names itself.
    Other,
    /// It doesn't say.
    #[default]
    Unknown,
}

/// What os-release(5) says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OsRelease {
    /// Its kind.
    pub family: Family,
    /// `PRETTY_NAME`, else `NAME` and `VERSION_ID`, in printable letters; empty where it says nothing.
    pub name: String,
    /// Whether its rsyslog writes times of the old form by default.
    pub writes_traditional: bool,
}

impl OsRelease {
    /// Reads the file.
    pub fn parse(text: &str) -> Self {
        let value = |key: &str| {
            let line = text.lines().take(MOST_LINES).find_map(|l| l.strip_prefix(key)?.strip_prefix('='));
            line.unwrap_or_default().trim().trim_matches(['"', '\''])
        };
        let (id, like) = (value("ID").to_ascii_lowercase(), value("ID_LIKE").to_ascii_lowercase());
        let family = core::iter::once(id.as_str())
            .chain(like.split_whitespace())
            .find_map(|word| match word {
                "debian" | "ubuntu" => Some(Family::Debian),
                "rhel" | "centos" | "fedora" | "almalinux" | "rocky" | "ol" | "amzn" => Some(Family::RedHat),
                "alpine" | "openwrt" => Some(Family::Busybox),
                _ => None,
            })
            .unwrap_or(if id.is_empty() { Family::Unknown } else { Family::Other });
        let major: u32 = value("VERSION_ID").split('.').next().and_then(|n| n.parse().ok()).unwrap_or(0);
        let writes_traditional = match id.as_str() {
            "debian" => (1..12).contains(&major),
            "ubuntu" => (1..24).contains(&major),
            _ => false,
        };
        let mut name = String::from(value("PRETTY_NAME"));
        if name.is_empty() {
            let own = value("NAME");
            name.push_str(if own.is_empty() { value("ID") } else { own });
            if !value("VERSION_ID").is_empty() {
                name.push(' ');
                name.push_str(value("VERSION_ID"));
            }
        }
        let name = name.chars().filter(|c| !c.is_control()).take(60).collect();
        Self { family, name, writes_traditional }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_family_is_what_it_is_or_what_it_is_like() {
        let of = |text: &str| OsRelease::parse(text).family;
        assert_eq!(of("ID=debian\nVERSION_ID=\"12\"\n"), Family::Debian);
        assert_eq!(of("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n"), Family::Debian);
        assert_eq!(of("ID=almalinux\nID_LIKE=\"rhel centos fedora\"\nVERSION_ID=9.4\n"), Family::RedHat);
        assert_eq!(of("ID=alpine\n"), Family::Busybox);
        assert_eq!(of("ID=arch\n"), Family::Other);
        assert_eq!(of(""), Family::Unknown);
        assert_eq!(
            OsRelease::parse("NAME=\"Alpine Linux\"\nID=alpine\nVERSION_ID=3.20.3\n").name,
            "Alpine Linux 3.20.3"
        );
    }
}
