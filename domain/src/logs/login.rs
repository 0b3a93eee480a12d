//! Who was logged in on a host, and when.

use alloc::string::String;
use alloc::vec::Vec;

use jiff::{SignedDuration, Zoned};

use crate::agenda::{Intensity, moments};
use crate::calendar::Calendar;
use crate::decky::DeckyId;
use crate::facts::HostFacts;
use crate::noise::{BASE64, Key};
use crate::persona::Persona;

/// Somebody was logged in on a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// The account.
    pub login: String,
    /// Its user id.
    pub uid: u32,
    /// Where from.
    pub address: String,
    /// The SHA-256 of the key, as sshd writes it: 43 characters of base64.
    pub fingerprint: String,
    /// Microseconds since the epoch.
    pub from: i64,
    /// Microseconds since the epoch.
    pub to: i64,
}

/// How much one of the people of a host does there: few do most of it.
pub fn scaled_intensity(key: Key, share: Intensity) -> Intensity {
    Intensity(share.0 * (0.45 + 1.1 * key.text("zeal").unit()))
}

/// What is drawn from for all that a person does on a host.
pub fn resident_key(person: Key, decky: &DeckyId) -> Key {
    person.text("on").text(decky.as_str())
}

/// How much people do on a host, and how far back logins are wanted.
#[derive(Clone, Copy, Debug)]
pub struct LoginSpan<'a> {
    /// How much a person does there on a working day.
    pub intensity: Intensity,
    /// How many days back.
    pub days: i64,
    /// The clock's reading.
    pub now: &'a Zoned,
}

/// Actions further apart than this are in two sittings.
const PAUSE: SignedDuration = SignedDuration::from_mins(50);

/// Who was logged in on a host in the last `days`: whoever acted there was, for a while before and after.
pub fn logins<'c>(
    people: &[(&Persona, Key)],
    decky: &DeckyId,
    facts: &HostFacts,
    calendar: impl Fn(&Persona, Key) -> Calendar<'c>,
    span: LoginSpan<'_>,
) -> Vec<Login> {
    let LoginSpan { intensity, days, now } = span;
    let mut out = Vec::new();
    for (persona, key) in people {
        let Some(account) = facts.own_account(persona) else { continue };
        let local = facts.local(persona, now);
        let calendar = calendar(persona, *key);
        let here = resident_key(*key, decky);
        for back in (0..days).rev() {
            let Ok(day) = local.date().checked_sub(jiff::Span::new().days(back)) else { continue };
            let at = moments(
                here,
                persona.active_hours,
                &calendar,
                day,
                local.time_zone(),
                scaled_intensity(here, intensity),
            );
            for sitting in at.chunk_by(|a, b| b.duration_since(*a) < PAUSE) {
                let (Some(first), Some(last)) = (sitting.first(), sitting.last()) else { continue };
                let noise = here.at(*first);
                let seconds = |what: &str, most: u64| noise.text(what).below(most * 1_000_000).cast_signed();
                out.push(Login {
                    login: account.login.clone(),
                    uid: account.owner.uid,
                    address: workstation(*key),
                    fingerprint: fingerprint(*key),
                    from: first.as_microsecond() - seconds("before", 240),
                    to: last.as_microsecond() + 20_000_000 + seconds("after", 2_400),
                });
            }
        }
    }
    out.sort_by_key(|login| login.from);
    out
}

/// The address of a person's own machine.
pub fn workstation(key: Key) -> String {
    let at = |what: &str, most| key.text(what).below(most);
    // The office has one network; who sits where is drawn.
    alloc::format!("10.{}.{}.{}", 20 + at("wing", 3), at("floor", 6), 20 + at("desk", 200))
}

/// 43 characters of base64: the SHA-256 of a key.
fn fingerprint(key: Key) -> String {
    // 32 bytes are 42 letters and two thirds: the last one has two bits to spare.
    let letter =
        |n: u64| char::from(BASE64[key.text("key").with(n).index(64) & if n == 42 { 0b11_1100 } else { 0b11_1111 }]);
    (0..43).map(letter).collect()
}
