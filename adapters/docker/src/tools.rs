//! What a container has to work with: asked once, for images differ. GNU's tools know nanoseconds and
//! options that busybox's don't, some images lack a tool, and some have no shell at all.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use decnet_ports::{ContainerInfo, DriverError};

use crate::limits::QUIET_MAX;
use crate::run::{Command, Exec, Output};

/// One line for each tool that is there and each thing it can do. Nothing is written: the names given to
/// touch(1) don't exist, and `-c` makes none.
const PROBE: &str = r#"
echo probe
for t in base64 bash cat chmod chown dd head ln mkdir mv nc readlink rm sha256sum stat touch wc; do
    command -v "$t" >/dev/null 2>&1 && echo "tool $t"
done
case $(stat -c '%f %.9Y' / 2>/dev/null) in
    4*\ *.?????????) echo 'can stat-fraction' ;;
    *) case $(stat -c '%f %Y' / 2>/dev/null) in 4*\ [0-9]*) echo 'can stat-whole' ;; esac ;;
esac
if touch -c -d @1.5 /nonexistent-1 2>/dev/null; then echo 'can touch-fraction'
elif touch -c -d @1 /nonexistent-1 2>/dev/null; then echo 'can touch-whole'
fi
case $(ln --help 2>&1) in *-T*) echo 'can ln-T' ;; esac
case $(mv --help 2>&1) in *-T*) echo 'can mv-T' ;; esac
case $(mv --help 2>&1) in *-n*) echo 'can mv-n' ;; esac
dd if=/dev/null of=/dev/null oflag=nofollow conv=nocreat status=none 2>/dev/null && echo 'can dd-nofollow'
echo end
"#;

/// Without these nothing can be planted as it must be.
const NEEDED: [&str; 10] = ["cat", "chmod", "chown", "ln", "mkdir", "mv", "rm", "sha256sum", "touch", "wc"];

/// How long an answer is believed: a container of the same name may be another one by then.
const AGE: Duration = Duration::from_hours(1);

/// What a container's shell has to work with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tools {
    has: BTreeSet<String>,
    /// Whether stat(1) and touch(1) both know fractions of a second.
    pub(crate) has_fractions: bool,
}

impl Tools {
    /// Reads what [`PROBE`] says.
    fn parse(container: &str, output: &Output) -> Result<Self, DriverError> {
        let text = String::from_utf8_lossy(&output.stdout);
        let unsupported = |reason| DriverError::Unsupported { container: container.to_owned(), reason };
        if matches!(output.rc, 126 | 127) && !text.starts_with("probe\n") {
            return Err(unsupported(format!("no shell can be run in it ({})", engine_words(output))));
        }
        if output.is_cut {
            return Err(DriverError::Failed {
                rc: output.rc,
                stderr: "it flooded its output and was cut off".to_owned(),
            });
        }
        if output.rc != 0 || !text.starts_with("probe\n") || !text.ends_with("\nend\n") {
            return Err(unknown(container, "which tools it has", &format!("{text}{}", output.stderr)));
        }
        let has: BTreeSet<String> =
            text.lines().filter_map(|l| l.split_once(' ')).map(|(_, what)| what.to_owned()).collect();
        let lacks = |what: &str| !has.contains(what);
        if let Some(tool) = NEEDED.into_iter().find(|tool| lacks(tool)) {
            return Err(unsupported(format!("its image has no {tool}(1)")));
        }
        if lacks("stat-fraction") && lacks("stat-whole") {
            return Err(unsupported("its image has no stat(1) that takes a format".to_owned()));
        }
        if lacks("touch-fraction") && lacks("touch-whole") {
            return Err(unsupported("its touch(1) takes no time as seconds since the epoch".to_owned()));
        }
        let has_fractions = !lacks("stat-fraction") && !lacks("touch-fraction");
        Ok(Self { has, has_fractions })
    }

    pub(crate) fn can(&self, what: &str) -> bool {
        self.has.contains(what)
    }

    /// A script for this container: the constants that stand for what its tools can do, and `body`.
    pub(crate) fn script(&self, body: &str) -> String {
        let choose =
            |what: &str, then: &'static str, otherwise: &'static str| if self.can(what) { then } else { otherwise };
        let (kind, time) = if self.has_fractions { ("%f %.9Y", "@%.9Y") } else { ("%f %Y", "@%Y") };
        format!(
            "F='{kind}' S='{time}' B='{}' D={} L={} V='{}' W='{}' R={}\n{body}",
            choose("base64", "base64 -d", "cat"),
            choose("dd-nofollow", "dd", ""),
            // Without -T, a folder of that name that appears meanwhile gets the file; it is its owner's own.
            choose("ln-T", "-T", "-n"),
            match (self.can("mv-n"), self.can("mv-T")) {
                (true, true) => "-nT",
                (true, false) => "-n",
                (false, true) => "-T",
                (false, false) => "",
            },
            choose("mv-T", "-fT", "-f"),
            choose("head", "head", "cat"),
        )
    }

    /// What was found, in words.
    fn describe(&self) -> String {
        format!(
            "shell, times to the {}, {}, replaced files keep their inode: {}",
            if self.has_fractions { "nanosecond" } else { "second" },
            if self.can("base64") { "base64" } else { "no base64" },
            if self.can("dd-nofollow") { "yes" } else { "no" },
        )
    }

    /// What can't be done as well as elsewhere.
    fn limits(&self) -> Vec<String> {
        let mut out = Vec::new();
        if !self.has_fractions {
            out.push(
                "its stat(1) or touch(1) knows whole seconds only, so files get times without a fraction; \
                 --driver archive keeps the nanoseconds"
                    .to_owned(),
            );
        }
        if !self.can("dd-nofollow") {
            out.push("its dd(1) can't refuse links, so a file that is edited gets a new inode".to_owned());
        }
        out
    }
}

/// What an answer nobody understands is.
pub(crate) fn unknown(container: &str, asked: &'static str, answer: &str) -> DriverError {
    let answer = answer.trim().chars().take(200).collect();
    DriverError::UnknownAnswer { container: container.to_owned(), asked, answer }
}

/// Why the engine could not run a command. Some engines say it on standard output.
fn engine_words(output: &Output) -> String {
    let text = format!("{} {}", output.stderr, String::from_utf8_lossy(&output.stdout));
    let words: Vec<&str> = text.split_whitespace().collect();
    if words.is_empty() { format!("status {}", output.rc) } else { words.join(" ").chars().take(300).collect() }
}

/// A way to run commands, and what each container has to run them with.
pub(crate) struct Shell {
    exec: Arc<dyn Exec>,
    known: Mutex<BTreeMap<String, (Instant, Arc<Tools>)>>,
}

impl Shell {
    pub(crate) fn new(exec: Arc<dyn Exec>) -> Self {
        Self { exec, known: Mutex::default() }
    }

    /// What a container has, asked at the first use and again after an hour.
    pub(crate) async fn tools(&self, container: &str) -> Result<Arc<Tools>, DriverError> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(container).cloned();
        if let Some((at, tools)) = known
            && at.elapsed() < AGE
        {
            return Ok(tools);
        }
        let command = Command { argv: &["sh", "-c", PROBE], stdin: None, stdout_max: QUIET_MAX };
        let output = self.exec.exec(container, command).await?;
        let tools = Arc::new(Tools::parse(container, &output)?);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, (at, _)| at.elapsed() < AGE);
        known.insert(container.to_owned(), (Instant::now(), tools.clone()));
        Ok(tools)
    }

    /// Runs a script of ours with arguments. What is known of the container's tools is forgotten when the
    /// container is away: another one may take its place.
    pub(crate) async fn run(
        &self,
        container: &str,
        script: &str,
        arguments: &[&str],
        stdin: Option<Vec<u8>>,
        stdout_max: usize,
    ) -> Result<Output, DriverError> {
        let mut argv = vec!["sh", "-c", script, "sh"];
        argv.extend(arguments);
        let output = self.exec.exec(container, Command { argv: &argv, stdin, stdout_max }).await;
        let is_gone = match &output {
            Err(_) => true,
            Ok(output) => matches!(output.rc, 126 | 127),
        };
        if is_gone {
            self.known.lock().unwrap_or_else(PoisonError::into_inner).remove(container);
        }
        output
    }

    /// The container from outside, and what it has inside; what can't be asked is among the limits.
    pub(crate) async fn inspect(&self, container: &str) -> Result<ContainerInfo, DriverError> {
        let mut info = self.exec.inspect(container).await?;
        match self.tools(container).await {
            Ok(tools) => {
                info.tools = Some(tools.describe());
                info.limits = tools.limits();
            }
            Err(error @ (DriverError::Unsupported { .. } | DriverError::UnknownAnswer { .. })) => {
                info.limits = vec![error.to_string()];
            }
            Err(error) => return Err(error),
        }
        Ok(info)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(rc: i64, text: &str) -> Output {
        Output { rc, stdout: text.as_bytes().to_vec(), ..Output::default() }
    }

    const ALL: &str = "tool cat\ntool chmod\ntool chown\ntool ln\ntool mkdir\ntool mv\ntool rm\ntool sha256sum\ntool touch\ntool wc\n";

    #[test]
    fn what_no_shell_says_is_the_engines_reason_and_final() {
        let error =
            Tools::parse("web-01-ssh", &said(126, "OCI runtime exec failed: \"sh\": executable file not found\r\n"));
        let Err(DriverError::Unsupported { reason, .. }) = error else { panic!("{error:?}") };
        assert!(reason.contains("OCI runtime exec failed"), "{reason}");
    }

    #[test]
    fn a_missing_tool_is_named_and_an_unknown_answer_is_an_error() {
        let text = format!("probe\n{}can stat-whole\ncan touch-whole\nend\n", ALL.replace("tool chown\n", ""));
        let error = Tools::parse("c", &said(0, &text)).unwrap_err();
        assert!(error.to_string().contains("chown"), "{error}");
        for text in ["", "hello\n", "probe\ntool cat\n"] {
            let error = Tools::parse("c", &said(0, text)).unwrap_err();
            assert!(matches!(error, DriverError::UnknownAnswer { .. }), "{text:?}: {error}");
        }
    }

    #[test]
    fn the_forms_of_a_script_follow_the_tools() {
        let text =
            format!("probe\n{ALL}tool base64\ntool head\ncan stat-whole\ncan touch-whole\ncan ln-T\ncan mv-n\nend\n");
        let busybox = Tools::parse("c", &said(0, &text)).unwrap();
        assert!(!busybox.has_fractions && busybox.limits().len() == 2);
        assert_eq!(busybox.script("x"), "F='%f %Y' S='@%Y' B='base64 -d' D= L=-T V='-n' W='-f' R=head\nx");
        let text = format!(
            "probe\n{ALL}tool base64\ntool head\ncan stat-fraction\ncan touch-fraction\ncan ln-T\ncan mv-n\ncan mv-T\ncan dd-nofollow\nend\n"
        );
        let gnu = Tools::parse("c", &said(0, &text)).unwrap();
        assert_eq!(gnu.script("x"), "F='%f %.9Y' S='@%.9Y' B='base64 -d' D=dd L=-T V='-nT' W='-fT' R=head\nx");
        assert!(gnu.limits().is_empty());
    }
}
