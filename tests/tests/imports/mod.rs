//! Which file of a crate imports which, read from the source.
//!
//! A `use` and a path in the code that begin with `crate`, `self`, `super` or a child module count; what stands under
//! `#[cfg(test)]` doesn't. A path counts as an import of the file of the longest module in it: `crate::mail::Mail` of
//! `mail/mod.rs`, whatever that re-exports, and `crate::mail::thread::SentMail` of `mail/thread.rs`.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};
use syn::{Attribute, ImplItem, Item, ItemMod, ItemUse, Macro, UseTree, Visibility};

type Module = Vec<String>;

/// The files of a crate, and which each imports.
pub(crate) struct Graph {
    names: Vec<String>,
    edges: Vec<BTreeSet<usize>>,
}

/// Reads a crate from its root file on.
pub(crate) fn of_crate(root: &Path) -> Graph {
    let folder = root.parent().unwrap();
    let mut files = Files::default();
    files.add(root, folder, Vec::new());
    let mut edges = vec![BTreeSet::new(); files.parsed.len()];
    for (file, (module, parsed)) in files.parsed.iter().enumerate() {
        let mut found = Imports { modules: &files.modules, module: module.clone(), to: BTreeSet::new() };
        found.visit_file(parsed);
        found.to.remove(&file);
        edges[file] = found.to;
    }
    let names = files.paths.iter().map(|path| path.strip_prefix(folder).unwrap_or(path).display().to_string());
    Graph { names: names.collect(), edges }
}

impl Graph {
    /// The shortest circle through each group of files that import each other, as names.
    pub(crate) fn circles(&self) -> Vec<Vec<String>> {
        let mut seen = BTreeSet::new();
        let mut circles = Vec::new();
        for start in 0..self.names.len() {
            if seen.contains(&start) {
                continue;
            }
            if let Some(circle) = self.circle_through(start) {
                seen.extend(circle.iter().copied());
                circles.push(circle.into_iter().chain([start]).map(|file| self.names[file].clone()).collect());
            }
        }
        circles
    }

    fn circle_through(&self, start: usize) -> Option<Vec<usize>> {
        let mut from: BTreeMap<usize, usize> = BTreeMap::new();
        let mut next = VecDeque::from([start]);
        while let Some(file) = next.pop_front() {
            for to in &self.edges[file] {
                if *to == start {
                    let mut circle = vec![file];
                    while let Some(before) = from.get(circle.last().unwrap()) {
                        circle.push(*before);
                    }
                    circle.reverse();
                    return Some(circle);
                }
                if !from.contains_key(to) {
                    from.insert(*to, file);
                    next.push_back(*to);
                }
            }
        }
        None
    }
}

#[derive(Default)]
struct Files {
    paths: Vec<PathBuf>,
    parsed: Vec<(Module, syn::File)>,
    /// The file of each module.
    modules: BTreeMap<Module, usize>,
}

impl Files {
    /// Adds a file, and the files of the modules it declares, which lie in `folder`.
    fn add(&mut self, path: &Path, folder: &Path, module: Module) {
        let parsed = syn::parse_file(&std::fs::read_to_string(path).unwrap()).unwrap();
        let file = self.paths.len();
        self.paths.push(path.to_owned());
        self.modules.insert(module.clone(), file);
        self.parsed.push((module.clone(), parsed.clone()));
        self.declared(&parsed.items, folder, &module, file);
    }

    fn declared(&mut self, items: &[Item], folder: &Path, module: &Module, file: usize) {
        for item in items {
            let Item::Mod(declared) = item else { continue };
            if is_for_tests(&declared.attrs) {
                continue;
            }
            let name = declared.ident.to_string();
            let child: Module = module.iter().cloned().chain([name.clone()]).collect();
            let below = folder.join(&name);
            if let Some((_, items)) = &declared.content {
                self.modules.insert(child.clone(), file);
                self.declared(items, &below, &child, file);
            } else {
                let plain = folder.join(format!("{name}.rs"));
                let path = if plain.exists() { plain } else { below.join("mod.rs") };
                self.add(&path, &below, child);
            }
        }
    }
}

/// Whether an item is there in tests only.
fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Ident>().is_ok_and(|condition| condition == "test")
    })
}

/// Collects the imports of one file.
struct Imports<'a> {
    modules: &'a BTreeMap<Module, usize>,
    /// Where in the crate the visited code is.
    module: Module,
    to: BTreeSet<usize>,
}

impl Imports<'_> {
    /// Notes a path, if it is one into the crate: relative ones count only where names of modules are looked up.
    fn note(&mut self, segments: &[String], is_use: bool) {
        let mut at = self.module.clone();
        let mut rest = segments;
        match rest.first().map(String::as_str) {
            Some("crate") => at.clear(),
            Some("self" | "super") => {}
            Some(child) if is_use => {
                let child: Module = at.iter().cloned().chain([child.to_owned()]).collect();
                if !self.modules.contains_key(&child) {
                    return;
                }
            }
            _ => return,
        }
        if let Some("crate" | "self") = rest.first().map(String::as_str) {
            rest = &rest[1..];
        }
        while rest.first().is_some_and(|segment| segment == "super") {
            at.pop();
            rest = &rest[1..];
        }
        for segment in rest {
            at.push(segment.clone());
            if !self.modules.contains_key(&at) {
                at.pop();
                break;
            }
        }
        self.to.extend(self.modules.get(&at));
    }

    fn tree(&mut self, tree: &UseTree, before: &mut Vec<String>) {
        match tree {
            UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.tree(&path.tree, before);
                before.pop();
            }
            UseTree::Name(syn::UseName { ident }) | UseTree::Rename(syn::UseRename { ident, .. }) => {
                let mut whole = before.clone();
                if ident != "self" {
                    whole.push(ident.to_string());
                }
                self.note(&whole, true);
            }
            UseTree::Glob(_) => self.note(&before.clone(), true),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.tree(tree, before)),
        }
    }
}

impl<'ast> Visit<'ast> for Imports<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        let attributes = match item {
            Item::Const(i) => &i.attrs,
            Item::Enum(i) => &i.attrs,
            Item::Fn(i) => &i.attrs,
            Item::Impl(i) => &i.attrs,
            Item::Mod(i) => &i.attrs,
            Item::Static(i) => &i.attrs,
            Item::Struct(i) => &i.attrs,
            Item::Trait(i) => &i.attrs,
            Item::Type(i) => &i.attrs,
            Item::Use(i) => &i.attrs,
            _ => return visit::visit_item(self, item),
        };
        if !is_for_tests(attributes) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        let attributes = match item {
            ImplItem::Const(i) => &i.attrs,
            ImplItem::Fn(i) => &i.attrs,
            ImplItem::Type(i) => &i.attrs,
            _ => return visit::visit_impl_item(self, item),
        };
        if !is_for_tests(attributes) {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, inner: &'ast ItemMod) {
        if inner.content.is_some() {
            self.module.push(inner.ident.to_string());
            visit::visit_item_mod(self, inner);
            self.module.pop();
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.tree(&item.tree, &mut Vec::new());
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if segments.len() > 1 {
            self.note(&segments, false);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        // What stands in a macro is tokens; a path in it is words between `::`.
        let tokens = call.tokens.to_string();
        let words: Vec<&str> = tokens.split_whitespace().collect();
        for (at, _) in words.iter().enumerate().filter(|(_, word)| ["crate", "super", "self"].contains(word)) {
            let path: Vec<String> = words[at..]
                .chunks(2)
                .take_while(|pair| pair[0].chars().all(|c| c.is_alphanumeric() || c == '_'))
                .scan(true, |goes_on, pair| {
                    let this = *goes_on;
                    *goes_on = pair.get(1) == Some(&"::");
                    this.then(|| pair[0].to_owned())
                })
                .collect();
            if path.len() > 1 {
                self.note(&path, false);
            }
        }
    }

    fn visit_visibility(&mut self, _: &'ast Visibility) {
        // `pub(in crate::content)` imports nothing.
    }
}
