//! The interpreters of the machine we run on: `bash -n` reads and runs nothing, and so does Python's
//! `ast.parse`. Any other first line is known to nobody.

use std::process::Stdio;
use std::time::Duration;

use async_trait::async_trait;
use decnet_ports::{Syntax, SyntaxCheck};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// Asks the interpreters of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct HostInterpreters;

const LIMIT: Duration = Duration::from_secs(5);

#[async_trait]
impl SyntaxCheck for HostInterpreters {
    async fn check(&self, script: &str) -> Syntax {
        let first = script.lines().next().unwrap_or_default();
        let argv: &[&str] = if first.contains("python") {
            &["python3", "-I", "-c", "import ast, sys; ast.parse(sys.stdin.buffer.read())"]
        } else if first.contains("bash") {
            &["bash", "-n"]
        } else if first.ends_with("sh") {
            &["sh", "-n"]
        } else {
            return Syntax::Unknown;
        };
        let work = ask(argv, script);
        // One that takes so long is left alone; `kill_on_drop` ends it.
        tokio::time::timeout(LIMIT, work).await.unwrap_or(Syntax::Broken)
    }
}

async fn ask(argv: &[&str], script: &str) -> Syntax {
    let child = Command::new(argv[0])
        .args(&argv[1..])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn();
    let Ok(mut child) = child else { return Syntax::Unknown };
    if let Some(mut stdin) = child.stdin.take() {
        // An interpreter that stops reading early has found its mistake.
        let _ = stdin.write_all(script.as_bytes()).await;
    }
    match child.wait().await {
        Ok(status) if status.success() => Syntax::Sound,
        Ok(_) => Syntax::Broken,
        Err(_) => Syntax::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn bash_and_python_read_and_run_nothing() {
        for (script, wanted) in [
            ("#!/bin/bash\nfor f in *; do\n  echo \"$f\"\ndone\n", Syntax::Sound),
            ("#!/bin/bash\nprint_text(\n  'How to', {\n})\n", Syntax::Broken),
            ("#!/bin/bash\ntouch /tmp/decnet-syntax-ran\n", Syntax::Sound),
            ("#!/usr/bin/env python3\nimport os\nprint(os.sep)\n", Syntax::Sound),
            ("#!/usr/bin/env python3\nprint 'x'\n", Syntax::Broken),
            ("#!/usr/bin/perl\nprint 1;\n", Syntax::Unknown),
        ] {
            assert_eq!(HostInterpreters.check(script).await, wanted, "{script}");
        }
        assert!(!std::path::Path::new("/tmp/decnet-syntax-ran").exists());
    }
}
