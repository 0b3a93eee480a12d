//! The interpreters of the machine that decnet runs on. `bash -n` and `sh -n` read a script and run nothing of it, and so
//! does Python's `ast.parse`. A script for any other interpreter is [`Syntax::Unknown`].

use std::process::Stdio;
use std::time::Duration;

use async_trait::async_trait;
use decnet_ports::{Syntax, SyntaxCheck};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// Asks the interpreters of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct HostInterpreters;

/// How long one may read.
const LIMIT: Duration = Duration::from_secs(5);
/// No script is larger that anybody asks about; a larger one is not read.
const LARGEST: usize = 1 << 20;

/// Those that are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Interpreter {
    Bash,
    Sh,
    Python,
}

impl Interpreter {
    /// The one that a script's first line names, by path or by way of `env`.
    fn of(script: &str) -> Option<Self> {
        let line = script.lines().next()?.strip_prefix("#!")?;
        let mut names = line.split_whitespace().map(|word| word.rsplit('/').next().unwrap_or(word));
        let name = match names.next()? {
            "env" => names.find(|word| !word.starts_with('-') && !word.contains('='))?,
            name => name,
        };
        match name {
            "bash" => Some(Self::Bash),
            "sh" | "dash" => Some(Self::Sh),
            name if name.strip_prefix("python").is_some_and(|v| v.chars().all(|c| c.is_ascii_digit() || c == '.')) => {
                Some(Self::Python)
            }
            _ => None,
        }
    }

    /// The command that reads a script from its standard input.
    fn reader(self) -> Command {
        let (program, arguments): (_, &[&str]) = match self {
            Self::Bash => ("bash", &["--norc", "-n"]),
            Self::Sh => ("sh", &["-n"]),
            Self::Python => ("python3", &["-I", "-c", "import ast, sys; ast.parse(sys.stdin.buffer.read())"]),
        };
        let mut command = Command::new(program);
        // A shell reads the files that these name before it reads the script.
        command.args(arguments).env_remove("BASH_ENV").env_remove("ENV");
        command
    }
}

#[async_trait]
impl SyntaxCheck for HostInterpreters {
    async fn check(&self, script: &str) -> Syntax {
        let Some(interpreter) = Interpreter::of(script).filter(|_| script.len() <= LARGEST) else {
            return Syntax::Unknown;
        };
        // When the limit is reached, dropping the child kills it.
        tokio::time::timeout(LIMIT, read(interpreter.reader(), script)).await.unwrap_or(Syntax::Broken)
    }
}

async fn read(mut reader: Command, script: &str) -> Syntax {
    let child = reader.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true).spawn();
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

    #[test]
    fn the_first_line_names_the_interpreter() {
        for (line, interpreter) in [
            ("#!/bin/bash", Some(Interpreter::Bash)),
            ("#!/bin/sh -e", Some(Interpreter::Sh)),
            ("#! /usr/bin/env bash", Some(Interpreter::Bash)),
            ("#!/usr/bin/env -S LANG=C python3 -u", Some(Interpreter::Python)),
            ("#!/usr/bin/python3.11", Some(Interpreter::Python)),
            ("#!/usr/bin/perl", None),
            ("#!/usr/bin/zsh", None),
            ("#!/usr/bin/env", None),
            ("#!", None),
            ("echo bash", None),
            ("", None),
        ] {
            assert_eq!(Interpreter::of(&format!("{line}\nx\n")), interpreter, "{line}");
        }
    }
}
