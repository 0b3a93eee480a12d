//! The contract suite of `SyntaxCheck`: what whoever reads scripts must do, with interpreters and without.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::time::{Duration, Instant};

use decnet_engine::NoInterpreters;
use decnet_interpreters::HostInterpreters;
use decnet_ports::{Syntax, SyntaxCheck};

/// The port allows five seconds, and a busy machine needs some to start an interpreter.
const LIMIT: Duration = Duration::from_secs(15);

const SOUND: [&str; 4] = [
    "#!/bin/bash\nfor f in *; do\n  echo \"$f\" if done\ndone\n",
    "#!/bin/sh\ncat <<EOF\nit's (open\nEOF\n",
    "#!/usr/bin/env bash\na=(1 2)\n[[ ${a[0]} == 1 ]] && echo x\n",
    "#!/usr/bin/env python3\nimport os\nprint(os.sep)\n",
];

const BROKEN: [&str; 4] = [
    "#!/bin/bash\nprint_text(\n  'How to', {\n})\n",
    "#!/bin/sh\nif true; then\n  ls\n",
    "#!/usr/bin/env python3\nprint 'x'\n",
    "#!/usr/bin/python3\ndef f():\nreturn 1\n",
];

async fn a_sound_script_is_never_called_broken_nor_a_broken_one_sound(check: &dyn SyntaxCheck) {
    for script in SOUND {
        assert_ne!(check.check(script).await, Syntax::Broken, "{script}");
    }
    for script in BROKEN {
        assert_ne!(check.check(script).await, Syntax::Sound, "{script}");
    }
}

async fn a_script_for_an_interpreter_that_is_not_asked_is_unknown(check: &dyn SyntaxCheck) {
    for script in ["#!/usr/bin/perl\nprint 1;\n", "print 1\n", "", "#!\n", "\0\0"] {
        assert_eq!(check.check(script).await, Syntax::Unknown, "{script:?}");
    }
}

async fn nothing_of_a_script_is_run(check: &dyn SyntaxCheck) {
    let folder = tempfile::tempdir().unwrap();
    let mark = folder.path().join("ran");
    let touch = mark.display();
    for script in [
        format!("#!/bin/bash\ntouch {touch}\n$(touch {touch})\n"),
        format!("#!/bin/sh\n`touch {touch}`\n"),
        format!("#!/usr/bin/env python3\nopen('{touch}', 'w')\n"),
    ] {
        check.check(&script).await;
    }
    assert!(!mark.exists());
}

async fn whatever_the_script_is_the_answer_comes_in_time(check: &dyn SyntaxCheck) {
    for script in [
        format!("#!/usr/bin/env python3\n{}", "(".repeat(50_000)),
        format!("#!/bin/bash\n{}", "if true; then\n".repeat(20_000)),
        format!("#!/bin/bash\n{}", "x".repeat(4 << 20)),
        "#!/bin/bash\nread x\ncat\n\0".to_owned(),
    ] {
        let began = Instant::now();
        check.check(&script).await;
        assert!(began.elapsed() < LIMIT, "{:?}", began.elapsed());
    }
}

macro_rules! suite {
    ($name:ident, $check:expr) => {
        mod $name {
            use super::*;

            #[tokio::test]
            async fn a_sound_script_is_never_called_broken_nor_a_broken_one_sound() {
                super::a_sound_script_is_never_called_broken_nor_a_broken_one_sound(&$check).await;
            }

            #[tokio::test]
            async fn a_script_for_an_interpreter_that_is_not_asked_is_unknown() {
                super::a_script_for_an_interpreter_that_is_not_asked_is_unknown(&$check).await;
            }

            #[tokio::test]
            async fn nothing_of_a_script_is_run() {
                super::nothing_of_a_script_is_run(&$check).await;
            }

            #[tokio::test]
            async fn whatever_the_script_is_the_answer_comes_in_time() {
                super::whatever_the_script_is_the_answer_comes_in_time(&$check).await;
            }
        }
    };
}

suite!(host, HostInterpreters);
suite!(none, NoInterpreters);

#[tokio::test]
async fn this_machines_interpreters_know_sound_from_broken() {
    for script in SOUND {
        assert_eq!(HostInterpreters.check(script).await, Syntax::Sound, "{script}");
    }
    for script in BROKEN {
        assert_eq!(HostInterpreters.check(script).await, Syntax::Broken, "{script}");
    }
}
