//! Process ids of the lines of a log.

use crate::noise::mix;

/// Process ids rise with time, a host's own number of them an hour and no hour like another; they
/// wrap where the kernel's do (`pid_max` is 4194304 on 64-bit machines, proc(5)).
pub(super) fn pid_at(key: u64, at: i64) -> u32 {
    let seconds = at.unsigned_abs() / 1_000_000;
    let (hour, into) = (seconds / 3_600, seconds % 3_600);
    // At least two fifths of this, and so two dozen a minute: the runs of one minute stay below
    // those of the next.
    let each = 3_600 + key % 2_400;
    // The count at each full hour wanders by up to three fifths of an hour's worth.
    let count = |hour: u64| hour * each + mix(&[key, 7, hour]) % (each * 3 / 5);
    let (from, to) = (count(hour), count(hour + 1));
    let pid = 300 + (from + (to - from) * into / 3_600 + key % 1_000_000) % 4_194_000;
    u32::try_from(pid).unwrap_or(300)
}
