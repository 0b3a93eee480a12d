//! Scratch files that have had their time: a program removes its own, or systemd-tmpfiles(8) does.

use jiff::Timestamp;

use crate::content_class::ContentClass;
use crate::record::SyntheticFile;

/// Whether a scratch file is to be removed by now: between three hours and ten days after it was made,
/// each after a while of its own. Its age counts from when it was made, not from a backdated time.
pub(super) fn is_over(file: &SyntheticFile, now: Timestamp) -> bool {
    let noise = file.id.0.as_u128() % 1_000;
    let hours = 3 + i64::try_from(noise * noise * 237 / 1_000_000).unwrap_or(0);
    file.class == ContentClass::CacheTmp && now.duration_since(file.created_at).as_hours() >= hours
}
