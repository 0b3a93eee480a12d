//! The scripts that run in a container: constant texts for a POSIX shell; everything that varies
//! comes as an argument.
//!
//! Variables in capitals are constants that stand for what the container's tools can do; `Tools::script`
//! sets them: `F` and `S` stat(1)'s formats of kind and time and of the time as touch(1) takes it, `B` what
//! decodes the body, `D` whether dd(1) refuses links, `L`, `V`, `W` options of ln(1) and mv(1), `R` what reads.
//!
//! They share their exit statuses: 101 a symbolic link is in the way, 102 it is there already,
//! 103 not a regular file, 104 not there, 105 the body didn't arrive whole, 106 not what was read.

use decnet_domain::path::DeckyPath;
use decnet_ports::{DriverError, Refusal};

use crate::run::Output;

/// Goes to a folder, component by component, refusing every symbolic link, and stays in it: from
/// then on only names relative to `.` and `..` are used. A user of the decoy who owns a folder on
/// the way can swap it at any moment, and what root then did by path would go where they point;
/// what is done from inside a folder stays in that folder. Needs `d` (the folder) and `h`; with
/// `h` = `new`, missing folders are made, with owner `o`, mode `g` and time `i`, the last of them with the folders
/// `x` beside it.
macro_rules! go {
    () => {
        r#"
unset CDPATH
here() { [ "$(pwd -P; echo .)" = "$1
." ] || exit 101; }
cd / || exit
r=${d#/} at=
while [ -n "$r" ]; do
    c=${r%%/*}
    case $r in */*) r=${r#*/} ;; *) r= ;; esac
    at=$at/$c
    [ ! -L "./$c" ] || exit 101
    if [ -d "./$c" ]; then
        cd -P -- "./$c" || exit
        continue
    fi
    [ ! -e "./$c" ] || exit 103
    [ "$h" = new ] || exit 104
    w=$(stat -c "$S" .) || exit
    mkdir -m "$g" -- "./$c" || exit
    [ -n "$r" ] || for s in $x; do
        [ -e "./$s" ] || [ -L "./$s" ] || {
            mkdir -m "$g" -- "./$s" && chown -h "$o" "./$s" && touch -h -d "$i" "./$s" || exit
        }
    done
    cd -P -- "./$c" || exit 101
    here "$at"
    chown "$o" . && touch -d "$i" . && touch -d "$w" .. || exit
    [ ! . -nt .. ] || touch -r . ..
done
here "${d%/}"
"#
    };
}

/// Arguments: folder, name, a temporary name, owner `uid:gid`, mode, the umask that gives it (but for
/// the execute bits), time for `touch -d`, size in bytes, `new` or the SHA-256 of what is to be replaced,
/// the mode of folders to be made, the time of the folder that gets the file, and of those that are made, the names
/// of folders that are made beside a new one.
/// The body comes in as base64.
///
/// The body is complete before anything is visible under its name. It is put together in a folder
/// that only root can enter; a new file is then linked into place, which fails if something is
/// there, and a replaced one is written without following a link, so that it keeps its inode,
/// owner and mode. The folder gets its old time back, or the file's where something new and later is in it:
/// otherwise each backdated file would leave the moment of its planting on its folder.
pub(crate) const PLANT: &str = concat!(
    "d=$1 f=$2 t=$3 o=$4 p=$5 k=$6 m=$7 n=$8 h=$9 g=${10} e=${11} i=${12} x=${13}\n",
    go!(),
    r#"
[ "$d" = / ] && d=
[ ! -L "./$f" ] || exit 101
if [ "$h" = new ]; then
    [ ! -e "./$f" ] || exit 102
else
    [ -e "./$f" ] || exit 104
    [ -f "./$f" ] || exit 103
fi
w=$(stat -c "$S" .) || exit
mkdir -m 0700 -- "./$t" || exit
trap 'cd ..; rm -r -- "./$t"' EXIT
cd -P -- "./$t" || exit 101
here "$d/$t"
umask "$k"
$B > b || exit
[ "$(wc -c < b)" -eq "$n" ] || exit 105
if [ "$h" = new ]; then
    case $p in *[1357]*) chmod "$p" b || exit ;; esac
    chown "$o" b && touch -d "$m" b || exit
    ln $L -- b "../$f" || { [ ! -e "../$f" ] || exit 102; exit 1; }
else
    # What was read and what is there: somebody may have been at it in between.
    r=$(sha256sum < "../$f") || exit
    [ "${r%% *}" = "$h" ] || exit 106
    { [ -n "$D" ] && dd if=b of="../$f" oflag=nofollow conv=nocreat bs=1M status=none; } || {
        a=$(stat -c '%u:%g %a' -- "../$f") && chown "${a%% *}" b && chmod "${a##* }" b && mv $W -- b "../$f" || exit
    }
    touch -h -d "$m" -- "../$f" || exit
fi
trap - EXIT
cd ..
rm -r -- "./$t"
touch -d "$w" .
[ "$h" != new ] || [ ! "./$f" -nt . ] || touch -d "$e" .
"#
);

/// Arguments: folder, name, most bytes.
pub(crate) const READ: &str = concat!(
    "d=$1 f=$2 h=read\n",
    go!(),
    r#"
[ ! -L "./$f" ] || exit 101
[ -e "./$f" ] || exit 104
[ -f "./$f" ] || exit 103
if [ "$R" = head ]; then head -c "$3" -- "./$f"; else cat -- "./$f"; fi
"#
);

/// Arguments: folder, name.
pub(crate) const REMOVE: &str = concat!(
    "d=$1 f=$2 h=remove\n",
    go!(),
    r#"
[ ! -L "./$f" ] || exit 101
[ -e "./$f" ] || exit 104
[ -f "./$f" ] || exit 103
rm -f -- "./$f"
"#
);

/// Arguments: folder, name, the folder it goes to (`.`, or one beside it), its new name.
pub(crate) const RENAME: &str = concat!(
    "d=$1 f=$2 s=$3 n=$4 h=rename\n",
    go!(),
    r#"
[ ! -L "./$f" ] || exit 101
[ -e "./$f" ] || exit 104
[ -f "./$f" ] || exit 103
[ "$s" = . ] || s=../$s
[ ! -L "$s" ] || exit 101
if [ ! -e "$s" ]; then
    mkdir -m "$(stat -c %a .)" -- "$s" && chown "$(stat -c %u:%g .)" -- "$s" || exit
fi
[ -d "$s" ] || exit 103
[ ! -e "$s/$n" ] || exit 102
mv $V -- "./$f" "$s/$n" || exit
[ ! -e "./$f" ] || exit 102
"#
);

/// Arguments: folder, name, owner `uid:gid`, mode.
pub(crate) const OWNER: &str = concat!(
    "d=$1 f=$2 h=owner\n",
    go!(),
    r#"
[ ! -L "./$f" ] || exit 101
[ -e "./$f" ] || exit 104
chown -h "$3" "./$f" && chmod "$4" "./$f"
"#
);

/// Arguments: paths. A line for each: the kind of thing and when it was modified; `-` for nothing, `!` where
/// stat(1) says nothing of what is there.
pub(crate) const LOOK: &str = r#"
for p; do
    if [ -e "$p" ] || [ -L "$p" ]; then stat -c "$F" -- "$p" 2>/dev/null || echo '!'; else echo -; fi
done
"#;

/// Arguments: a path. Kind, mode, owner and group; then, on a line of its own, where a link points.
pub(crate) const DETAILS: &str = r#"
[ -e "$1" ] || [ -L "$1" ] || exit 104
stat -c '%f %u %g' -- "$1" || exit
[ ! -L "$1" ] || readlink -- "$1"
"#;

/// Arguments: a folder. Its names, each ended by a slash, which no name can hold.
pub(crate) const LIST: &str = concat!(
    "d=$1 h=list\n",
    go!(),
    r#"
for f in * .[!.]* ..?*; do
    if [ -e "./$f" ] || [ -L "./$f" ]; then printf '%s/' "$f"; fi
done
"#
);

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
        106 => refused(Refusal::Changed),
        105 => Err(DriverError::Failed { rc: 105, stderr: "the body did not arrive whole".to_owned() }),
        rc => Err(DriverError::Failed { rc, stderr: output.stderr.clone() }),
    }
}
