//! How the values of arguments are read.

use std::time::Duration;

/// `true` or `false`, in any spelling: other programs write `True`.
pub(crate) fn boolean(text: &str) -> Result<bool, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => Err("neither true nor false".to_owned()),
    }
}

/// A number of actions: more than none, and no more than a machine can do.
pub(crate) fn actions(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (0.1..=5_000.0).contains(&number) { Ok(number) } else { Err("not between 0.1 and 5000".to_owned()) }
}

/// A number of seconds, also a fraction; 0 means without a pause.
pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    let number: f64 = text.parse().map_err(|_| "not a number of seconds".to_owned())?;
    Duration::try_from_secs_f64(number)
        .ok()
        .filter(|span| *span <= Duration::from_hours(24))
        .ok_or_else(|| "not between 0 and 86400 seconds".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_seconds_and_nothing_else() {
        assert_eq!(seconds("60"), Ok(Duration::from_mins(1)));
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        for bad in ["", "-1", "1m", "NaN", "inf", "90000"] {
            assert!(seconds(bad).is_err(), "{bad}");
        }
    }
}
