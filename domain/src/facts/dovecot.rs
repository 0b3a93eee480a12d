//! Where a mail server keeps people's mail: Dovecot's configuration, versions 2.2 to 2.4, as doveconf(1) would
//! understand it. What can't be followed is a reason in words, and no mail goes there: a mail in a place where
//! no client looks is worse than none.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::account::{Account, Owner};
use crate::path::DeckyPath;

/// Where mail goes on a host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum MailStorage {
    /// No mail server that we know of.
    #[default]
    None,
    /// Into Maildirs.
    Maildir(Maildir),
    /// Somewhere that isn't followed.
    Unsupported {
        /// Why, in words.
        why: String,
    },
}

/// Everybody's Maildir, as templates with Dovecot's variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Maildir {
    path: String,
    inbox: Option<String>,
    /// How folders other than the inbox are laid out.
    pub layout: MailLayout,
    users: Users,
    /// `mail_home`: the home of whoever the user database gives none.
    home: Option<String>,
}

/// How a Maildir's folders are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailLayout {
    /// `.Sent` beside `new` and `cur`.
    Maildirpp,
    /// `Sent`, a plain folder.
    Fs,
}

/// Who has a mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Users {
    /// The accounts of `/etc/passwd`.
    System,
    /// Anybody, by one rule.
    Static { home: Option<String>, uid: String, gid: String },
    /// Those of a file with lines as in `/etc/passwd`.
    File { path: String, entries: Vec<Entry> },
}

/// A line of a passwd-file.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    name: String,
    owner: Owner,
    home: String,
}

/// One person's mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailboxPlace {
    /// The Maildir that has the other folders in it.
    pub root: DeckyPath,
    /// The Maildir that new mail goes to; mostly the same.
    pub inbox: DeckyPath,
    /// Whose both are.
    pub owner: Owner,
    /// How folders are laid out.
    pub layout: MailLayout,
}

/// Whose mailbox is looked for.
#[derive(Clone, Copy, Debug)]
struct Who<'a> {
    login: &'a str,
    domain: &'a str,
    home: Option<&'a str>,
}

/// Lines that are looked at.
const MOST_LINES: usize = 20_000;
/// A line that goes on over several is cut after so many bytes.
const LONGEST_LINE: usize = 4_000;
/// Users of a passwd-file that are looked at.
const MOST_ENTRIES: usize = 5_000;

/// What the configuration says, with its includes put in their places.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DovecotConfig {
    /// Settings outside of any section; the last one counts.
    settings: BTreeMap<String, String>,
    /// The settings of the namespace that holds the inbox.
    inbox: BTreeMap<String, String>,
    /// User databases, in order.
    userdbs: Vec<Userdb>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Userdb {
    driver: String,
    settings: BTreeMap<String, String>,
}

impl DovecotConfig {
    /// Reads the text of `dovecot.conf`, with each include's text in its place.
    pub fn parse(text: &str) -> Self {
        let mut config = Self::default();
        let mut stack: Vec<Vec<String>> = Vec::new();
        let mut section: BTreeMap<String, String> = BTreeMap::new();
        let mut pending = String::new();
        for line in text.lines().take(MOST_LINES) {
            let line = line.trim();
            if line.starts_with('#') {
                continue;
            }
            // A line may go on in the next one.
            if let Some(part) = line.strip_suffix('\\') {
                pending.push_str(part);
                pending.truncate(pending.floor_char_boundary(LONGEST_LINE));
                continue;
            }
            let whole = format!("{pending}{line}");
            pending.clear();
            let line = without_comment(&whole).trim();
            if let Some(head) = line.strip_suffix('{') {
                if stack.len() < 8 {
                    if stack.is_empty() {
                        section.clear();
                    }
                    stack.push(head.split_whitespace().map(ToOwned::to_owned).collect());
                }
                continue;
            }
            if line == "}" {
                if let Some(head) = stack.pop()
                    && stack.is_empty()
                {
                    config.close(&head, core::mem::take(&mut section));
                }
                continue;
            }
            let Some((key, value)) = line.split_once('=') else { continue };
            let (key, value) = (key.trim().to_owned(), unquoted(value.trim()).to_owned());
            match stack.as_slice() {
                [] => {
                    config.settings.insert(key, value);
                }
                // A user database's `fields { }`, and what else lies deeper, keep their own names.
                [_] => {
                    section.insert(key, value);
                }
                [.., inner] => {
                    let inner = inner.first().map_or("", String::as_str);
                    section.insert(format!("{inner}/{key}"), value);
                }
            }
        }
        config
    }

    fn close(&mut self, head: &[String], section: BTreeMap<String, String>) {
        let word = |at: usize| head.get(at).map(String::as_str);
        match word(0) {
            Some("userdb") => {
                let driver = section.get("driver").or_else(|| section.get("userdb_driver")).cloned();
                let driver = driver.unwrap_or_else(|| word(1).unwrap_or_default().to_owned());
                self.userdbs.push(Userdb { driver, settings: section });
            }
            Some("namespace") => {
                let is_inbox = section.get("inbox").is_some_and(|v| v == "yes") || word(1) == Some("inbox");
                if is_inbox {
                    self.inbox.extend(section);
                }
            }
            _ => {}
        }
    }

    /// The value of a setting: the inbox's own, else everybody's; `None` for one that is empty.
    fn setting(&self, name: &str) -> Option<&str> {
        let value = self.inbox.get(name).or_else(|| self.settings.get(name))?;
        (!value.is_empty()).then_some(value.as_str())
    }

    /// The file that has the users, if there is one.
    pub fn user_file(&self) -> Option<&str> {
        match self.users() {
            Ok(Users::File { .. }) => {}
            _ => return None,
        }
        let userdb = self.userdb()?;
        let path = userdb.settings.get("passwd_file_path").map(String::as_str);
        path.or_else(|| userdb.settings.get("args")?.split_whitespace().next_back())
    }

    fn userdb(&self) -> Option<&Userdb> {
        self.userdbs.iter().find(|userdb| userdb.driver != "prefetch")
    }

    fn users(&self) -> Result<Users, String> {
        let Some(userdb) = self.userdb() else { return Ok(Users::System) };
        let argument = |name: &str| {
            let value = userdb.settings.get(&format!("fields/{name}")).or_else(|| userdb.settings.get(name));
            value.map(String::as_str).or_else(|| {
                let args = userdb.settings.get("args")?;
                args.split_whitespace().find_map(|arg| arg.strip_prefix(name)?.strip_prefix('='))
            })
        };
        match userdb.driver.as_str() {
            "passwd" | "" => Ok(Users::System),
            "static" => {
                if argument("mail").is_some() {
                    return Err("its user database gives each user a place of their own (static, mail=)".to_owned());
                }
                let of =
                    |name: &str, default: &str| argument(name).or_else(|| self.setting(default)).map(ToOwned::to_owned);
                let missing = |what: &str| format!("its user database (static) says no {what}");
                Ok(Users::Static {
                    home: argument("home").map(ToOwned::to_owned),
                    uid: of("uid", "mail_uid").ok_or_else(|| missing("uid"))?,
                    gid: of("gid", "mail_gid").ok_or_else(|| missing("gid"))?,
                })
            }
            "passwd-file" => Ok(Users::File { path: String::new(), entries: Vec::new() }),
            other => {
                let other: String = other.chars().filter(char::is_ascii_graphic).take(40).collect();
                Err(format!("its users are in a database that can't be read from here ({other})"))
            }
        }
    }

    /// Where mail goes. `user_file` is what [`DovecotConfig::user_file`] holds.
    pub fn storage(&self, user_file: Option<&str>) -> MailStorage {
        match self.maildir(user_file) {
            Ok(maildir) => MailStorage::Maildir(maildir),
            Err(why) => MailStorage::Unsupported { why },
        }
    }

    fn maildir(&self, user_file: Option<&str>) -> Result<Maildir, String> {
        let mut users = self.users()?;
        if let Users::File { path, entries } = &mut users {
            let from = self.user_file().unwrap_or_default();
            let text = user_file.ok_or_else(|| format!("the file of its users, {from:?}, can't be read"))?;
            from.clone_into(path);
            *entries = text.lines().take(MOST_ENTRIES).filter_map(entry).collect();
        }
        let (path, inbox, layout) = self.place()?;
        let maildir = Maildir { path, inbox, layout, users, home: self.setting("mail_home").map(ToOwned::to_owned) };
        // A variable that isn't known is the same for everybody: told now, and not with each mail.
        let who = Who { login: "ann", domain: "example.com", home: Some("/home/ann") };
        for template in maildir.templates() {
            expand(template, who)?;
        }
        Ok(maildir)
    }

    /// Path, inbox and layout, as templates.
    fn place(&self) -> Result<(String, Option<String>, MailLayout), String> {
        if let Some(driver) = self.setting("mail_driver") {
            if driver != "maildir" {
                return Err(format!("mail is kept as {}, not in a Maildir", printable(driver)));
            }
            let path = self.setting("mail_path").ok_or("mail_path is not set, so Dovecot looks for mail by itself")?;
            let inbox = self.setting("mail_inbox_path").map(ToOwned::to_owned);
            return Ok((path.to_owned(), inbox, layout(self.setting("mailbox_list_layout"))?));
        }
        let location = self.inbox.get("location").map(String::as_str).filter(|l| !l.is_empty());
        let location = location
            .or_else(|| self.setting("mail_location"))
            .ok_or("mail_location is not set, so Dovecot looks for mail by itself")?;
        let (format, rest) = location.split_once(':').unwrap_or(("", location));
        if format != "maildir" {
            let format = if format.is_empty() { "something that isn't named" } else { format };
            return Err(format!("mail is kept as {}, not in a Maildir", printable(format)));
        }
        let mut parts = rest.split(':');
        let path = parts.next().unwrap_or_default().to_owned();
        let (mut inbox, mut how) = (None, None);
        for part in parts {
            match part.split_once('=') {
                Some(("INBOX", value)) => inbox = Some(value.to_owned()),
                Some(("LAYOUT", value)) => how = Some(value),
                // Where indexes lie changes nothing for mail.
                Some(("INDEX" | "CONTROL" | "INDEXPVT" | "VOLATILEDIR" | "LISTINDEX", _)) => {}
                _ => return Err(format!("mail_location says {}, which isn't followed", printable(part))),
            }
        }
        Ok((path, inbox, layout(how)?))
    }
}

fn layout(name: Option<&str>) -> Result<MailLayout, String> {
    match name {
        None | Some("Maildir++" | "maildir++") => Ok(MailLayout::Maildirpp),
        Some("fs") => Ok(MailLayout::Fs),
        Some(other) => Err(format!("folders are laid out as {}, which isn't followed", printable(other))),
    }
}

fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(60).collect()
}

fn without_comment(line: &str) -> &str {
    // Inside of quotes a `#` is a letter, and so it is without a blank before it.
    let mut is_quoted = false;
    let mut previous = ' ';
    for (at, letter) in line.char_indices() {
        match letter {
            '"' if previous != '\\' => is_quoted = !is_quoted,
            '#' if !is_quoted && previous.is_whitespace() => return &line[..at],
            _ => {}
        }
        previous = letter;
    }
    line
}

fn unquoted(value: &str) -> &str {
    value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value)
}

/// `name:password:uid:gid:gecos:home:shell:extra`.
fn entry(line: &str) -> Option<Entry> {
    let fields: Vec<&str> = line.split(':').collect();
    let [name, _, uid, gid, _, home, ..] = fields[..] else { return None };
    // A place of their own for one user isn't followed; the others' is.
    let is_plain = !line.contains("userdb_mail");
    let owner = Owner { uid: uid.parse().ok()?, gid: gid.parse().ok()? };
    let is_fit = is_plain && !name.starts_with('#') && (1..=128).contains(&name.len());
    is_fit.then(|| Entry { name: name.to_owned(), owner, home: home.to_owned() })
}

impl Maildir {
    fn templates(&self) -> impl Iterator<Item = &str> {
        let home = match &self.users {
            Users::Static { home, .. } => home.as_deref(),
            Users::System | Users::File { .. } => None,
        };
        [Some(self.path.as_str()), self.inbox.as_deref(), home, self.home.as_deref()].into_iter().flatten()
    }

    /// One person's mailbox; `None` for who has none here. `account` is theirs in `/etc/passwd`, and `ids`
    /// tells the user and group of a name or number.
    pub fn mailbox(
        &self,
        login: &str,
        domain: &str,
        account: Option<&Account>,
        ids: impl Fn(&str, &str) -> Option<Owner>,
    ) -> Option<MailboxPlace> {
        let who = |home| Who { login, domain, home };
        let default = || self.home.as_deref().and_then(|home| expand(home, who(None)).ok());
        let (home, owner) = match &self.users {
            Users::System => {
                let account = account?;
                (Some(account.home.as_str().to_owned()), account.owner)
            }
            Users::Static { home, uid, gid } => {
                let home = match home {
                    Some(home) => Some(expand(home, who(None)).ok()?),
                    None => default(),
                };
                (home, ids(uid, gid)?)
            }
            Users::File { entries, .. } => {
                let address = format!("{login}@{domain}");
                let entry = entries.iter().find(|e| e.name == address || e.name == login)?;
                let home = if entry.home.is_empty() { default() } else { expand(&entry.home, who(None)).ok() };
                (home, entry.owner)
            }
        };
        let place = |template: &str| {
            let path = expand(template, who(home.as_deref())).ok()?;
            DeckyPath::new(path.trim_end_matches('/').to_owned()).ok()
        };
        let root = place(&self.path)?;
        let inbox = match &self.inbox {
            Some(inbox) => place(inbox)?,
            None => root.clone(),
        };
        Some(MailboxPlace { root, inbox, owner, layout: self.layout })
    }

    /// In words, with Dovecot's own variables.
    pub fn describe(&self) -> String {
        let users = match &self.users {
            Users::System => "the accounts of /etc/passwd".to_owned(),
            Users::Static { uid, .. } => format!("anybody, as {}", printable(uid)),
            Users::File { path, entries } => format!("{} of {}", entries.len(), printable(path)),
        };
        let layout = match self.layout {
            MailLayout::Maildirpp => "",
            MailLayout::Fs => ", folders as plain folders",
        };
        format!("Maildir {} for {users}{layout}", printable(&self.path))
    }
}

/// Puts a person into a template of Dovecot's; which variable isn't known, in words, where one isn't.
fn expand(template: &str, who: Who<'_>) -> Result<String, String> {
    let home = || who.home.ok_or_else(|| "nothing says where the home of its users is".to_owned());
    let unknown = |name: &str| format!("the variable %{} isn't followed", printable(name));
    let mut out = String::new();
    let mut rest = template;
    if let Some(below) = rest.strip_prefix('~') {
        if !below.is_empty() && !below.starts_with('/') {
            return Err(format!("the path {} isn't followed", printable(template)));
        }
        out.push_str(home()?);
        rest = below;
    }
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        if let Some((name, then)) = after.strip_prefix('{').and_then(|a| a.split_once('}')) {
            let name: Vec<&str> = name.split('|').map(str::trim).collect();
            let lower = name.last() == Some(&"lower");
            let words = if lower { &name[..name.len() - 1] } else { &name[..] };
            let value = match words {
                ["user" | "username"] | ["user", "username"] => who.login.to_owned(),
                ["user", "domain"] | ["domain"] => who.domain.to_owned(),
                ["home"] => home()?.to_owned(),
                _ => return Err(unknown(&name.join("|"))),
            };
            out.push_str(&if lower { value.to_lowercase() } else { value });
            rest = then;
            continue;
        }
        let (is_lower, after) = match after.strip_prefix('L') {
            Some(after) => (true, after),
            None => (false, after),
        };
        let mut letters = after.chars();
        let value = match letters.next() {
            Some('u' | 'n') => who.login.to_owned(),
            Some('d') => who.domain.to_owned(),
            Some('h') => home()?.to_owned(),
            Some('%') => "%".to_owned(),
            other => return Err(unknown(&other.map(String::from).unwrap_or_default())),
        };
        out.push_str(&if is_lower { value.to_lowercase() } else { value });
        rest = letters.as_str();
    }
    out.push_str(rest);
    let is_fit = out.starts_with('/') && out.len() < 400 && !out.chars().any(char::is_control);
    if is_fit { Ok(out) } else { Err(format!("the path {} isn't followed", printable(template))) }
}

#[cfg(test)]
mod tests;
