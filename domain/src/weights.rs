//! How often what happens: the operator's weights (the row `weights` of `realism_config`), else those of the table of classes.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use rand::{Rng, RngExt};
use serde::Deserialize;

use crate::content_class::{CanaryClass, Category, ContentClass, TemplateClass};

/// Weights of the classes within their groups, and the chance of a canary.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    user: Table<TemplateClass>,
    system: Table<TemplateClass>,
    canary: Option<Table<CanaryClass>>,
    canary_probability: f64,
}

/// Things with weights, to draw from. Never empty; its total is above zero.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Table<T> {
    rows: Vec<(T, u32)>,
    total: u32,
}

impl<T: Copy> Table<T> {
    fn new(rows: Vec<(T, u32)>) -> Option<Self> {
        let total = rows.iter().try_fold(0_u32, |sum, (_, weight)| sum.checked_add(*weight))?;
        (total > 0).then_some(Self { rows, total })
    }

    /// Rows of the table of classes, whose weights are small and above zero.
    fn of(rows: Vec<(T, u32)>) -> Self {
        Self { total: rows.iter().map(|(_, weight)| weight).sum(), rows }
    }

    fn draw(&self, rng: &mut dyn Rng) -> T {
        let mut at = rng.random_range(0..self.total);
        for (item, weight) in &self.rows {
            if at < *weight {
                return *item;
            }
            at -= weight;
        }
        self.rows[0].0
    }
}

/// Why a `realism_config` value is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("weights: {0}")]
pub struct WeightsError(String);

#[derive(Deserialize)]
struct Wire {
    user_class_weights: Vec<Row>,
    system_class_weights: Vec<Row>,
    canary_class_weights: Vec<Row>,
    canary_probability: f64,
}

#[derive(Deserialize)]
struct Row {
    content_class: String,
    weight: i64,
}

impl Default for Weights {
    fn default() -> Self {
        let rows = |group: Category| ContentClass::ALL.into_iter().filter(move |class| class.category() == group);
        let template = |class: ContentClass| Some((class.template()?, class.default_weight()));
        let canary = |class: ContentClass| Some((class.canary()?, class.default_weight()));
        Self {
            user: Table::of(rows(Category::User).filter_map(template).collect()),
            system: Table::of(rows(Category::System).filter_map(template).collect()),
            canary: Some(Table::of(rows(Category::Canary).filter_map(canary).collect())),
            canary_probability: 0.03,
        }
    }
}

impl Weights {
    /// Share of user content among what is neither left alone nor a canary (70 of 100, as the reference has it).
    const USER_SHARE: f64 = 0.7;

    /// Reads the value of the `weights` row. A class we don't know is passed over. A class in the wrong group, a negative or an all-zero
    /// set, or a probability outside 0–1 is an error: the weights in force then stay.
    pub fn from_json(text: &str) -> Result<Self, WeightsError> {
        let wire: Wire = serde_json::from_str(text).map_err(|e| WeightsError(e.to_string()))?;
        if !(0.0..=1.0).contains(&wire.canary_probability) {
            return Err(WeightsError(format!("canary_probability {} is outside 0 to 1", wire.canary_probability)));
        }
        let template = |class: ContentClass, group| class.template().filter(|_| class.category() == group);
        Ok(Self {
            user: table("user_class_weights", &wire.user_class_weights, |c| template(c, Category::User))?,
            system: table("system_class_weights", &wire.system_class_weights, |c| template(c, Category::System))?,
            // Somebody who wants no canaries at all may well leave them without weight.
            canary: match table("canary_class_weights", &wire.canary_class_weights, ContentClass::canary) {
                Err(_) if wire.canary_probability == 0.0 => None,
                other => Some(other?),
            },
            canary_probability: wire.canary_probability,
        })
    }

    /// Draws a class of a person's or the system's files.
    pub fn draw_template(&self, rng: &mut dyn Rng) -> TemplateClass {
        if rng.random_bool(Self::USER_SHARE) { self.user.draw(rng) } else { self.system.draw(rng) }
    }

    /// Draws a class of the same group, a person's or the system's, as `other`.
    pub fn draw_like(&self, other: TemplateClass, rng: &mut dyn Rng) -> TemplateClass {
        if ContentClass::from(other).category() == Category::User { self.user.draw(rng) } else { self.system.draw(rng) }
    }

    /// Rolls the canary gate; what it lets through is a class of canary.
    pub fn draw_canary(&self, rng: &mut dyn Rng) -> Option<CanaryClass> {
        let is_through = rng.random_bool(self.canary_probability);
        self.canary.as_ref().filter(|_| is_through).map(|table| table.draw(rng))
    }
}

fn table<T: Copy>(
    group: &str,
    rows: &[Row],
    fit: impl Fn(ContentClass) -> Option<T>,
) -> Result<Table<T>, WeightsError> {
    let mut out = Vec::with_capacity(rows.len());
    for row in rows {
        // A dashboard may know classes that we don't make; they cost nothing but their own weight.
        let Ok(class) = row.content_class.parse::<ContentClass>() else { continue };
        let item = fit(class).ok_or_else(|| WeightsError(format!("{group}: {class} does not belong there")))?;
        let weight = u32::try_from(row.weight)
            .map_err(|_| WeightsError(format!("{group}: weight {} of {class} is not 0 to 4294967295", row.weight)))?;
        out.push((item, weight));
    }
    Table::new(out).ok_or_else(|| WeightsError(format!("{group}: the weights sum to nothing, or to too much")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand::rngs::ChaCha8Rng;

    const STORED: &str = r#"{"user_class_weights":[{"content_class":"note","weight":1},{"content_class":"todo","weight":0}],
        "system_class_weights":[{"content_class":"cache_tmp","weight":5}],
        "canary_class_weights":[{"content_class":"canary_env_file","weight":2}],"canary_probability":0.0}"#;

    #[test]
    fn the_stored_form_is_read_and_obeyed() {
        let weights = Weights::from_json(STORED).unwrap();
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for _ in 0..500 {
            assert!(matches!(weights.draw_template(&mut rng), TemplateClass::Note | TemplateClass::CacheTmp));
            assert_eq!(weights.draw_canary(&mut rng), None);
        }
    }

    #[test]
    fn a_class_of_a_newer_dashboard_is_passed_over() {
        let newer = STORED.replace(
            r#"[{"content_class":"canary_env_file""#,
            r#"[{"content_class":"canary_fingerprint_html","weight":9},{"content_class":"canary_env_file""#,
        );
        assert_eq!(Weights::from_json(&newer).unwrap(), Weights::from_json(STORED).unwrap());
    }

    #[test]
    fn canaries_can_be_turned_off_altogether() {
        let off = STORED.replace(r#"[{"content_class":"canary_env_file","weight":2}]"#, "[]");
        assert_eq!(Weights::from_json(&off).unwrap().draw_canary(&mut ChaCha8Rng::seed_from_u64(1)), None);
        assert!(Weights::from_json(&off.replace("0.0", "0.1")).is_err());
    }

    #[test]
    fn a_bad_row_is_refused_with_its_reason() {
        for (from, to, reason) in [
            ("\"note\"", "\"log_cron\"", "user_class_weights: log_cron does not belong there"),
            ("\"note\"", "\"nope\"", "user_class_weights: the weights sum to nothing, or to too much"),
            ("\"weight\":5", "\"weight\":-5", "system_class_weights: weight -5 of cache_tmp is not 0 to 4294967295"),
            ("\"weight\":5", "\"weight\":0", "system_class_weights: the weights sum to nothing, or to too much"),
            ("0.0", "1.5", "canary_probability 1.5 is outside 0 to 1"),
        ] {
            let error = Weights::from_json(&STORED.replacen(from, to, 1)).unwrap_err();
            assert_eq!(error.to_string(), format!("weights: {reason}"));
        }
        assert!(Weights::from_json("null").is_err());
    }

    #[test]
    fn the_default_shares_are_the_seeds() {
        let weights = Weights::default();
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let draws: Vec<_> = (0..40_000).map(|_| weights.draw_template(&mut rng)).collect();
        let share = |class| draws.iter().filter(|c| **c == class).count() as f64 / 40_000.0;
        assert!((share(TemplateClass::Note) - 0.7 * 30.0 / 75.0).abs() < 0.02);
        assert!((share(TemplateClass::LogCron) - 0.3 * 12.0 / 25.0).abs() < 0.02);
        let canaries = (0..40_000).filter(|_| weights.draw_canary(&mut rng).is_some()).count();
        assert!((900..1500).contains(&canaries), "{canaries}");
    }
}
