//! The way of a mail to the mailbox, as its `Received` lines tell it.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use jiff::{SignedDuration, Timestamp};

use super::message::Hop;
use super::site::MailSite;
use crate::noise::{ALPHANUMERIC, Key};

/// The digits of Postfix's long queue ids: no vowels (postconf(5), `enable_long_queue_ids`). Times are in base 52; the
/// inode is in base 51, without the `z` that stands before it.
const QUEUE_DIGITS: &[u8; 52] = b"0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";

/// Where a mail was handed in.
#[derive(Clone, Copy, Debug)]
pub(super) enum HandedIn<'a> {
    /// From a colleague's own machine, at this address.
    Workstation(&'a str),
    /// From a host with this name.
    Host(&'a str),
}

/// The hops, the latest first: the hand-over to the mail store, and the one to Postfix before it.
pub(super) fn hops(site: &MailSite<'_>, from: HandedIn<'_>, sent: Timestamp) -> Vec<Hop> {
    let (HandedIn::Workstation(name) | HandedIn::Host(name)) = from;
    let key = site.key().text("hops").text(name).at(sent);
    let zone = site.facts.host_time(site.now).time_zone().clone();
    let domain = site.server.world.domain();
    let own = format!("{}.{domain}", site.server.host(site.facts));
    let after = |what: &str, base: i64, most: u64| {
        let nanos = base + key.text(what).below(most).cast_signed();
        (sent + SignedDuration::from_nanos(nanos)).to_zoned(zone.clone())
    };
    let taken = after("taken", 500_000_000, 1_500_000_000);
    let handed = after("handed", 2_100_000_000, 900_000_000);
    let (from, with) = match from {
        HandedIn::Workstation(address) => (format!("[{address}] (unknown [{address}])"), "ESMTPSA"),
        HandedIn::Host(host) => (format!("{host} ({host} [{}])", address_of(site, host, key)), "ESMTPS"),
    };
    let lmtp = key.text("lmtp").letters(22, ALPHANUMERIC);
    let queue = queue_id(taken.timestamp(), key);
    Vec::from([
        Hop { from: Some(own.clone()), by: own.clone(), with: "LMTP", id: lmtp, at: handed },
        Hop { from: Some(from), by: format!("{own} (Postfix)"), with, id: queue, at: taken },
    ])
}

/// A long queue id of Postfix's: seconds, microseconds and inode in bases 52 and 51, the last after a `z`.
fn queue_id(at: Timestamp, key: Key) -> String {
    let digits = |mut n: u64, base: u64, width: usize| {
        let mut out = Vec::new();
        while n > 0 || out.len() < width {
            let place = usize::try_from(n % base).unwrap_or(0) % QUEUE_DIGITS.len();
            out.push(char::from(QUEUE_DIGITS[place]));
            n /= base;
        }
        out.iter().rev().collect::<String>()
    };
    let seconds = digits(at.as_second().unsigned_abs(), 52, 6);
    let micros = digits(u64::from(at.subsec_microsecond().unsigned_abs()), 52, 4);
    let inode = digits(1_000_000 + key.text("inode").below(9_000_000), 51, 2);
    format!("{seconds}{micros}z{inode}")
}

/// The address of a host: its own, where it is of the fleet; one beside the mail host's for other hosts of the
/// company; a public one for anybody else's.
fn address_of(site: &MailSite<'_>, host: &str, key: Key) -> String {
    let part = |n: u64| key.text("net").with(n).below(254) + 1;
    if !host.ends_with(site.server.world.domain()) {
        return format!("{}.{}.{}.{}", [185, 193, 77, 91][key.text("a").index(4)], part(2), part(3), part(4));
    }
    let name = host.split('.').next().unwrap_or(host);
    let own = site.server.hosts.iter().find(|h| h.name == name).and_then(|h| h.address);
    // One host has one address, whatever it sends.
    let last = site.key().text("address of").text(host).below(254) + 1;
    match (own, site.server.decky.ip) {
        (Some(address), _) => address.to_string(),
        (None, Some(core::net::IpAddr::V4(beside))) => {
            let net = beside.octets();
            format!("{}.{}.{}.{last}", net[0], net[1], net[2])
        }
        (None, _) => format!("10.20.{}.{last}", part(0) % 8),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_id_tells_the_moment_it_was_made_at() {
        let at: Timestamp = "2026-11-03T09:41:17.318204Z".parse().unwrap();
        let id = queue_id(at, Key::of(1));
        let number = |text: &str, base: usize| {
            text.bytes().fold(0, |n, b| n * base + QUEUE_DIGITS.iter().position(|d| *d == b).unwrap())
        };
        assert_eq!(number(&id[..6], 52), usize::try_from(at.as_second()).unwrap(), "{id}");
        assert_eq!(number(&id[6..10], 52), 318_204, "{id}");
        assert_eq!(&id[10..11], "z", "{id}");
        assert!((1_000_000..10_000_000).contains(&number(&id[11..], 51)) && !id[11..].contains('z'), "{id}");
        // Later mails have later ids, as an intruder would sort them.
        assert!(queue_id(at + SignedDuration::from_secs(1), Key::of(1)) > id);
    }
}
