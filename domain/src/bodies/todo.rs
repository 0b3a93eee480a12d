//! TODO lists: ticked off, added to, put in order, carried over, tidied.

mod told;

use alloc::borrow::{Cow, ToOwned};
use alloc::string::String;
use alloc::vec::Vec;

use rand::RngExt;

use super::class_files::{Mode, TextFiles};
use super::size;
use super::typing_style::{jotted, mended};
use crate::content::{Pack, TextGenerator};
use crate::habit::Boxes;
use crate::text::{append, joined};

/// The files of this class.
pub(crate) const FILES: TextFiles = TextFiles {
    name: |rules| rules.name_todo,
    make,
    next: |previous, generator| match told::next(previous, generator) {
        told::Next::Text(list) => Some(list),
        told::Next::Nothing => None,
        told::Next::NoStories => Some(next(previous, generator)),
    },
    mode: Mode::ByName,
    edits: 60,
};

/// What is open for the writer, in their words.
pub(crate) fn open_ends(generator: &TextGenerator<'_>) -> Vec<String> {
    told::open_texts(generator)
}

fn make(generator: &mut TextGenerator<'_>) -> String {
    if let Some(list) = told::make(generator) {
        return list;
    }
    let target = size::bytes(7.1, 2.2, 3_500.0, generator.rng());
    let rules = generator.pack().rules();
    let boxes = marks(generator.habit().boxes, generator.pack());
    let mut out = String::with_capacity(target + 120);
    if generator.chance(58) {
        generator.put(rules.todo_head, &mut out);
        out.push_str(if generator.chance(60) { "\n\n" } else { "\n" });
    }
    // How much of it is done already: a fresh list, or one that has been kept for a while.
    let done = generator.rng().random_range(0..60_u8);
    let mut n = 0;
    while out.len() < target || n == 0 {
        if n > 2 && generator.chance(8) {
            out.push('\n');
            generator.put(rules.todo_sub, &mut out);
            out.push_str(if generator.chance(50) { ":\n" } else { "\n" });
        }
        let is_done = generator.chance(done);
        let item = item(generator);
        put!(&mut out, "{}{item}\n", if is_done { &*boxes.done } else { boxes.open });
        n += 1;
    }
    out
}

fn item(generator: &mut TextGenerator<'_>) -> String {
    let rule = generator.pack().rules().todo_item;
    let item = generator.text(rule);
    jotted(item.trim_end(), generator)
}

/// What stands before an open item and before a done one.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Marks {
    open: &'static str,
    done: Cow<'static, str>,
}

/// The ways of marking items that people have, in the order in which a list that is there is tried against them.
const WAYS: [Boxes; 6] = [Boxes::Dash, Boxes::Star, Boxes::DashUpper, Boxes::Bare, Boxes::Tight, Boxes::Word];

/// The marks of one way, with the language's own word for what is done.
fn marks(boxes: Boxes, pack: &Pack) -> Marks {
    let (open, done) = match boxes {
        Boxes::Dash => ("- [ ] ", "- [x] "),
        Boxes::Star => ("* [ ] ", "* [x] "),
        Boxes::DashUpper => ("- [ ] ", "- [X] "),
        Boxes::Bare => ("[ ] ", "[x] "),
        Boxes::Tight => ("[] ", "[x] "),
        Boxes::Word => {
            let done = alloc::format!("- {}: ", pack.labels().todo.done);
            return Marks { open: "- ", done: Cow::Owned(done) };
        }
    };
    Marks { open, done: Cow::Borrowed(done) }
}

/// How this list marks its items: as most of its lines do.
fn way(text: &str, pack: &Pack) -> Marks {
    let has = |mark: &str| text.lines().any(|l| l.trim_start().starts_with(mark));
    let fits = |boxes: &Boxes| {
        let marks = marks(*boxes, pack);
        has(marks.open) || (*boxes != Boxes::Word && has(&marks.done))
    };
    match WAYS.into_iter().find(fits) {
        Some(Boxes::Dash) if has("- [X] ") => marks(Boxes::DashUpper, pack),
        Some(boxes) => marks(boxes, pack),
        None => marks(Boxes::Dash, pack),
    }
}

fn is_open(line: &str, boxes: &Marks) -> bool {
    let line = line.trim_start();
    line.starts_with(boxes.open) && !line.starts_with(&*boxes.done)
}

/// What happens to a list next.
pub(super) fn next(previous: &str, generator: &mut TextGenerator<'_>) -> String {
    let boxes = &way(previous, generator.pack());
    let mut lines: Vec<String> = previous.lines().map(str::to_owned).collect();
    let at_open =
        |lines: &[String]| -> Vec<usize> { (0..lines.len()).filter(|n| is_open(&lines[*n], boxes)).collect() };
    let done = lines.iter().filter(|l| l.trim_start().starts_with(&*boxes.done)).count();
    if lines.len() > usize::from(generator.habit().long) / 2 || (done > 9 && generator.chance(30)) {
        // A list is tidied when more of it is done than not.
        lines.retain(|line| !line.trim_start().starts_with(&*boxes.done));
    }
    let open = at_open(&lines);
    match generator.rng().random_range(0..100) {
        0..=57 if !open.is_empty() => {
            // What is on top of a list is done first, more often than not; sometimes two at once.
            let times = 1 + usize::from(open.len() > 3 && generator.chance(25));
            for _ in 0..times {
                let open = at_open(&lines);
                if open.is_empty() {
                    break;
                }
                let near = open.len().min(1 + generator.rng().random_range(0..open.len()));
                let at = open[generator.rng().random_range(0..near)];
                lines[at] = lines[at].replacen(boxes.open, &boxes.done, 1);
            }
            if generator.chance(35) {
                add(&mut lines, boxes, generator);
            }
        }
        58..=66 if open.len() > 2 => {
            // What has become urgent moves up.
            let from = open[generator.rng().random_range(1..open.len())];
            let line = lines.remove(from);
            lines.insert(open[0], line);
        }
        67..=73 if !open.is_empty() => {
            let at = open[generator.rng().random_range(0..open.len())];
            let rule = if generator.chance(50) {
                generator.pack().rules().edit_moved
            } else {
                generator.pack().rules().edit_dropped
            };
            let word = generator.text(rule);
            if lines[at].len() < 80 && !lines[at].ends_with(')') {
                lines[at] = alloc::format!("{} {}", lines[at], bracketed(&word));
            } else {
                add(&mut lines, boxes, generator);
            }
        }
        74..=79 if open.len() > 1 && done > 2 => {
            // Carried over: what is left goes under a new date.
            let rule = generator.pack().rules().edit_dated;
            let head = generator.text(rule);
            let left: Vec<String> = open.iter().map(|at| lines[*at].clone()).collect();
            let kept: Vec<String> =
                lines.iter().enumerate().filter(|(at, _)| !open.contains(at)).map(|(_, l)| l.clone()).collect();
            lines = kept;
            lines.push(String::new());
            lines.push(head);
            lines.extend(left);
        }
        80..=83 => match mended(&joined(&lines), generator) {
            Some(text) => return text,
            None => add(&mut lines, boxes, generator),
        },
        _ => {
            for _ in 0..generator.rng().random_range(1..=2) {
                add(&mut lines, boxes, generator);
            }
        }
    }
    if lines.is_empty() {
        return append(previous, &alloc::format!("{}{}\n", boxes.open, item(generator)));
    }
    joined(&lines)
}

fn bracketed(word: &str) -> String {
    if word.starts_with(['(', '-', '~']) { word.to_owned() } else { alloc::format!("({word})") }
}

/// A new item, at the end or where the open ones are.
fn add(lines: &mut Vec<String>, boxes: &Marks, generator: &mut TextGenerator<'_>) {
    let line = alloc::format!("{}{}", boxes.open, item(generator));
    insert(lines, line, boxes, 40, generator);
}

/// Puts a line below the last open item in `percent` of 100 cases, else at the end.
fn insert(lines: &mut Vec<String>, line: String, boxes: &Marks, percent: u8, generator: &mut TextGenerator<'_>) {
    let last_open = (0..lines.len()).rev().find(|at| is_open(&lines[*at], boxes));
    match last_open {
        Some(at) if generator.chance(percent) => lines.insert(at + 1, line),
        _ => lines.push(line),
    }
}
