//! The forms behind `|`: how a drawn text is written in a file's name or at the start of a sentence.

use alloc::string::String;
use alloc::vec::Vec;

use super::grammar::ast::Form;
use crate::habit::Joint;
use crate::persona::fold;

/// Rewrites `out` from `start` on in a form; `habit` is how the writer joins words in names.
pub(super) fn reform(out: &mut String, start: usize, form: Form, habit: Joint) {
    let joined = |text: &str, by: char, lower: bool| -> String {
        let mut made = String::with_capacity(text.len());
        for c in text.chars() {
            if let Some(plain) = c.to_lowercase().next().filter(|c| !c.is_ascii()).and_then(fold) {
                // Names of files are typed without accents.
                made.push_str(plain);
            } else if c.is_alphanumeric() || c == '.' {
                if lower { made.extend(c.to_lowercase()) } else { made.push(c) }
            } else if !made.is_empty() && !made.ends_with(by) {
                made.push(by);
            }
        }
        made.truncate(made.trim_end_matches(by).len());
        made
    };
    let made = match form {
        Form::Plain => return,
        Form::Name => match habit {
            Joint::Hyphen => joined(&out[start..], '-', true),
            Joint::Underscore => joined(&out[start..], '_', true),
            Joint::HyphenKept => joined(&out[start..], '-', false),
            Joint::None => joined(&out[start..], '-', true).replace('-', ""),
            Joint::Camel => {
                let mut words = String::with_capacity(out.len() - start);
                for (n, word) in joined(&out[start..], '-', true).split('-').enumerate() {
                    let mut letters = word.chars();
                    let first = letters.next();
                    words.extend(first.into_iter().flat_map(|c| {
                        if n == 0 { c.to_lowercase().collect::<Vec<_>>() } else { c.to_uppercase().collect() }
                    }));
                    words.push_str(letters.as_str());
                }
                words
            }
        },
        Form::Slug => joined(&out[start..], '-', true),
        Form::Snake => joined(&out[start..], '_', true),
        Form::Dash => joined(&out[start..], '-', false),
        Form::Up => out[start..].to_uppercase(),
        Form::Cap => {
            let mut rest = out[start..].chars();
            rest.next().map(|first| first.to_uppercase().chain(rest).collect()).unwrap_or_default()
        }
    };
    out.truncate(start);
    out.push_str(&made);
}
