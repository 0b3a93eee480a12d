//! The scripts that run in a container: constant texts for a POSIX shell; everything that varies
//! comes as an argument.
//!
//! They share their exit statuses: 101 a symbolic link is in the way, 102 it is there already,
//! 103 not a regular file, 104 not there, 105 the body didn't arrive whole.

use decnet_domain::path::DeckyPath;
use decnet_ports::{DriverError, Refusal};

use crate::exec::Output;

/// Arguments: path, its folder, a temporary path beside it, owner `uid:gid`, mode, umask, time for
/// `touch -d`, size in bytes, `new` or `replace`. The body comes in as base64.
///
/// The body is complete before anything is visible under its name: a new file is linked into
/// place, which fails if something is there; a replaced one keeps its inode, owner and mode. The
/// folder gets its old time back, or the file's where that is later: otherwise each backdated file
/// would leave the moment of its planting on its folder.
pub(crate) const PLANT: &str = r#"
f=$1 d=$2 t=$3 o=$4 p=$5 k=$6 m=$7 n=$8 h=$9
umask "$k"
walk() {
    [ -n "$1" ] && [ "$1" != / ] || return 0
    walk "${1%/*}"
    [ ! -L "$1" ] || exit 101
    [ -d "$1" ] && return 0
    [ "$h" = new ] || exit 104
    u=${1%/*}; u=${u:-/}
    w=$(stat -c %y -- "$u") || exit
    mkdir -m 0755 -- "$1" && chown "$o" "$1" && touch -d "$m" -- "$1" && touch -d "$w" -- "$u" || exit
    [ ! "$1" -nt "$u" ] || touch -r "$1" -- "$u"
}
walk "$d"
[ ! -L "$f" ] || exit 101
if [ "$h" = new ]; then
    [ ! -e "$f" ] || exit 102
else
    [ -e "$f" ] || exit 104
    [ -f "$f" ] || exit 103
fi
w=$(stat -c %y -- "$d") || exit
trap 'rm -f -- "$t"' EXIT
base64 -d > "$t" || exit
[ "$(wc -c < "$t")" -eq "$n" ] || exit 105
if [ "$h" = new ]; then
    chown "$o" "$t" || exit
    case $p in *[1357]*) chmod "$p" "$t" || exit ;; esac
    touch -d "$m" -- "$t" || exit
    ln -- "$t" "$f" || { [ ! -e "$f" ] || exit 102; exit 1; }
    rm -f -- "$t"
else
    cat -- "$t" > "$f" || { chown "$o" "$t"; chmod "$p" "$t"; mv -f -- "$t" "$f" || exit; }
    touch -d "$m" -- "$f" || exit
    rm -f -- "$t"
fi
trap - EXIT
touch -d "$w" -- "$d"
[ ! "$f" -nt "$d" ] || touch -r "$f" -- "$d"
"#;

/// Arguments: path, most bytes.
pub(crate) const READ: &str = r#"
walk() {
    [ -n "$1" ] || return 0
    walk "${1%/*}"
    [ ! -L "$1" ] || exit 101
}
walk "$1"
[ -e "$1" ] || exit 104
[ -f "$1" ] || exit 103
head -c "$2" -- "$1"
"#;

/// Argument: path.
pub(crate) const REMOVE: &str = r#"
walk() {
    [ -n "$1" ] || return 0
    walk "${1%/*}"
    [ ! -L "$1" ] || exit 101
}
walk "$1"
[ -e "$1" ] || exit 104
[ -f "$1" ] || exit 103
rm -f -- "$1"
"#;

/// What an exit status means.
pub(crate) fn outcome(path: &DeckyPath, output: &Output) -> Result<(), DriverError> {
    let refused = |reason| Err(DriverError::Refused { path: path.to_string(), reason });
    if output.is_cut {
        return Err(DriverError::Failed { rc: output.rc, stderr: "it flooded its output and was cut off".to_owned() });
    }
    match output.rc {
        0 => Ok(()),
        101 => refused(Refusal::Symlink),
        102 => Err(DriverError::Exists { path: path.to_string() }),
        103 => refused(Refusal::NotAFile),
        104 => refused(Refusal::Missing),
        105 => Err(DriverError::Failed { rc: 105, stderr: "the body did not arrive whole".to_owned() }),
        rc => Err(DriverError::Failed { rc, stderr: output.stderr.clone() }),
    }
}
