//! What every driver must do. Each function is one fact, tried on one site.

use decnet_domain::account::Owner;
use decnet_domain::path::DeckyPath;
use decnet_domain::record::content_hash;
use decnet_ports::{DriverError, FileKind, PlantMode, PlantRequest, Refusal};

use crate::driver_sites::Site;
use crate::samples::{moment, replacing, request};

const NANOS: (i64, i64) = (1_793_698_877, 318_204_511);

fn path(text: &str) -> DeckyPath {
    DeckyPath::new(text).unwrap()
}

/// A planted file has its bytes, owner, mode and every nanosecond.
pub async fn a_planted_file_is_exactly_what_was_asked_for(site: &dyn Site) {
    site.make_folder("/home/ann");
    let (driver, container) = (site.driver(), site.container_ref());
    for (name, mode) in [("notes.txt", 0o644), ("backup.sh", 0o755), ("key", 0o600), ("syslog", 0o640)] {
        let file = format!("/home/ann/{name}");
        let wanted = PlantRequest { mode, owner: Owner { uid: 1000, gid: 4 }, ..request(&file, b"hello\n") };
        let planted = driver.plant_file(&container, &wanted).await.unwrap();
        assert_eq!(planted.bytes, 6);
        let seen = site.see(&file).unwrap();
        assert_eq!((seen.mode, seen.mtime), (mode, site.kept(NANOS)), "{name}");
        assert!(seen.owner.is_none_or(|owner| owner == (1000, 4)), "{seen:?}");
        assert_eq!(site.bytes(&file).unwrap(), b"hello\n");
    }
    assert_eq!(site.names("/home/ann").len(), 4, "nothing else is left behind");
}

/// Empty, large and binary bodies come back as they went.
pub async fn every_body_survives_the_way_there_and_back(site: &dyn Site) {
    site.make_folder("/home/ann");
    let (driver, container) = (site.driver(), site.container_ref());
    let binary: Vec<u8> = (0..=255).cycle().take(70_001).collect();
    let mebibyte = vec![b'x'; 1 << 20];
    for (name, body) in [("empty", &b""[..]), ("binary", &binary), ("large", &mebibyte), ("no-line-end", b"a")] {
        let file = format!("/home/ann/{name}");
        driver.plant_file(&container, &request(&file, body)).await.unwrap();
        assert_eq!(site.bytes(&file).unwrap(), body, "{name}");
        let read = driver.read_file(&container, &path(&file), 1 << 20).await.unwrap().unwrap();
        assert!(read.bytes == body, "{name} reads back");
    }
}

/// A path is data: blanks, quotes, `$()`, newlines, options and any Unicode are only characters.
pub async fn strange_paths_are_only_paths(site: &dyn Site) {
    site.make_folder("/home/ann");
    let (driver, container) = (site.driver(), site.container_ref());
    let long = format!("/home/ann/{}", "n".repeat(250));
    for file in [
        "/home/ann/a b c.txt",
        "/home/ann/it's \"quoted\".txt",
        "/home/ann/$(touch owned)`id`;&|<>.txt",
        "/home/ann/new\nline",
        "/home/ann/-rf",
        "/home/ann/Übersicht ñandú 日本.txt",
        "/home/ann/back\\slash*?[x]",
        "/home/ann/$HOME",
        &long,
    ] {
        driver
            .plant_file(&container, &request(file, file.as_bytes()))
            .await
            .unwrap_or_else(|e| panic!("{file:?}: {e}"));
        assert_eq!(site.bytes(file).as_deref(), Some(file.as_bytes()), "{file:?}");
        let read = driver.read_file(&container, &path(file), 4_096).await.unwrap().unwrap();
        assert_eq!(read.bytes, file.as_bytes());
        driver.remove_file(&container, &path(file)).await.unwrap();
        assert_eq!(site.see(file), None, "{file:?}");
    }
    assert!(site.names("/home/ann").is_empty(), "{:?}", site.names("/home/ann"));
}

/// Missing folders are made, belong to the file's owner, and carry times that agree with the file.
pub async fn missing_folders_are_made_and_nothing_tells_the_moment(site: &dyn Site) {
    if !site.make_folder("/home/ann") {
        return;
    }
    let (driver, container) = (site.driver(), site.container_ref());
    driver.plant_file(&container, &request("/home/ann/work/2026/plan.md", b"x")).await.unwrap();
    for folder in ["/home/ann/work", "/home/ann/work/2026"] {
        let seen = site.see(folder).unwrap();
        assert_eq!(seen.mode, 0o755, "{folder}");
        // Made while the file was being made: some seconds before, and never at the very same nanosecond.
        assert!(seen.mtime < NANOS && NANOS.0 - seen.mtime.0 < 120, "{folder} {seen:?}");
        assert!(seen.owner.is_none_or(|owner| owner == (1000, 1000)), "{folder} {seen:?}");
    }
    let home = site.see("/home/ann").unwrap().mtime;
    assert!(home < NANOS && NANOS.0 - home.0 < 120, "the home got a new folder at about that time: {home:?}");
    let work = site.see("/home/ann/work").unwrap().mtime;
    // A file older than what the folder saw last leaves the folder's time alone.
    let older =
        PlantRequest { mtime: "2025-06-01T00:00:00.5Z".parse().unwrap(), ..request("/home/ann/work/old.md", b"y") };
    driver.plant_file(&container, &older).await.unwrap();
    assert_eq!(site.see("/home/ann/work").unwrap().mtime, work);
    // So does a file that is replaced, whenever that is: nothing in the folder has another name.
    let plan = "/home/ann/work/2026/plan.md";
    let before = site.see("/home/ann/work/2026").unwrap().mtime;
    let later = PlantRequest { mtime: "2026-11-09T00:00:00.5Z".parse().unwrap(), ..replacing(plan, b"x", b"y") };
    driver.plant_file(&container, &later).await.unwrap();
    assert_eq!(site.see("/home/ann/work/2026").unwrap().mtime, before);
}

/// Creating never overwrites; the one that is there stays as it is.
pub async fn creating_never_overwrites(site: &dyn Site) {
    site.make_folder("/home/ann");
    let (driver, container) = (site.driver(), site.container_ref());
    driver.plant_file(&container, &request("/home/ann/a", b"first")).await.unwrap();
    let before = site.see("/home/ann/a");
    let error = driver.plant_file(&container, &request("/home/ann/a", b"second")).await.unwrap_err();
    assert_eq!(error, DriverError::Exists { path: "/home/ann/a".into() });
    assert_eq!(site.bytes("/home/ann/a").unwrap(), b"first");
    assert_eq!(site.see("/home/ann/a"), before);
    assert_eq!(site.names("/home/ann"), ["a"]);
}

/// Replacing changes content and time, and keeps owner and mode; what is gone stays gone.
pub async fn replacing_keeps_owner_and_mode(site: &dyn Site) {
    site.make_folder("/home/ann");
    let (driver, container) = (site.driver(), site.container_ref());
    let first = PlantRequest {
        mode: 0o664,
        owner: Owner { uid: 1000, gid: 100 },
        ..request("/home/ann/a", b"first, and longer")
    };
    driver.plant_file(&container, &first).await.unwrap();
    let later = "2026-11-04T10:00:00.000000001Z".parse().unwrap();
    let second = PlantRequest {
        mtime: later,
        mode: 0o600,
        owner: Owner::ROOT,
        ..replacing("/home/ann/a", b"first, and longer", b"second")
    };
    driver.plant_file(&container, &second).await.unwrap();
    let seen = site.see("/home/ann/a").unwrap();
    assert_eq!(site.bytes("/home/ann/a").unwrap(), b"second");
    assert_eq!((seen.mode, seen.mtime), (0o664, site.kept((1_793_786_400, 1))));
    assert!(seen.owner.is_none_or(|owner| owner == (1000, 100)), "{seen:?}");
    let gone = replacing("/home/ann/gone", b"", b"x");
    let error = driver.plant_file(&container, &gone).await.unwrap_err();
    assert!(matches!(error, DriverError::Refused { reason: Refusal::Missing, .. }), "{error}");
    assert_eq!(site.names("/home/ann"), ["a"]);
}

/// What isn't what was read is not replaced: somebody has been at it in between.
pub async fn what_was_changed_meanwhile_is_not_replaced(site: &dyn Site) {
    site.make_folder("/home/ann");
    let (driver, container) = (site.driver(), site.container_ref());
    driver.plant_file(&container, &request("/home/ann/a", b"as somebody else left it")).await.unwrap();
    let stale = replacing("/home/ann/a", b"as we left it", b"ours again");
    let error = driver.plant_file(&container, &stale).await.unwrap_err();
    assert!(matches!(error, DriverError::Refused { reason: Refusal::Changed, .. }), "{error}");
    assert_eq!(site.bytes("/home/ann/a").unwrap(), b"as somebody else left it");
    assert_eq!(site.names("/home/ann"), ["a"]);
    // One that is stale stops none of the others.
    let results = driver.plant_many(&container, &[stale, request("/home/ann/b", b"b")]).await;
    assert!(results[0].is_err() && results[1].is_ok(), "{results:?}");
}

/// Folders that are made get the mode that is asked for; those that are there keep theirs.
pub async fn folders_are_made_as_asked(site: &dyn Site) {
    site.make_folder("/home/ann");
    let (driver, container) = (site.driver(), site.container_ref());
    let wanted = PlantRequest { folder_mode: 0o700, ..request("/home/ann/.ssh/known_hosts", b"x") };
    driver.plant_file(&container, &wanted).await.unwrap();
    let Some(folder) = site.see("/home/ann/.ssh") else { return };
    assert_eq!(folder.mode, 0o700);
    driver.plant_file(&container, &request("/home/ann/.ssh/config", b"x")).await.unwrap();
    assert_eq!(site.see("/home/ann/.ssh").unwrap().mode, 0o700);

    // A Maildir is three folders, and what is there already stays as it is.
    let mail = PlantRequest { beside: &["cur", "tmp"], ..wanted };
    site.make_folder("/home/ann/M/cur");
    let was = site.see("/home/ann/M/cur").unwrap();
    driver.plant_file(&container, &PlantRequest { path: path("/home/ann/M/new/1"), ..mail }).await.unwrap();
    let made = site.see("/home/ann/M/tmp").unwrap();
    assert_eq!((made.mode, made.owner), (0o700, site.see("/home/ann/M/new").unwrap().owner));
    let now = site.see("/home/ann/M/cur").unwrap();
    assert_eq!((now.mode, now.owner), (was.mode, was.owner));
}

/// Looking tells what is there, when it was modified, and what isn't.
pub async fn looking_tells_what_lies_where(site: &dyn Site) {
    site.make_folder("/home/ann");
    let (driver, container) = (site.driver(), site.container_ref());
    driver.plant_file(&container, &request("/home/ann/a", b"x")).await.unwrap();
    let paths = ["/home/ann/a", "/home/ann", "/home/ann/nothing", "/nowhere/at/all"].map(path);
    let file_stat = driver.stat(&container, &paths).await.unwrap();
    assert_eq!(file_stat[0].unwrap().kind, FileKind::File);
    let seen = file_stat[0].unwrap().mtime;
    let is_cut = site.kept(NANOS) != NANOS;
    assert!(seen == moment() || is_cut && seen.as_second() == moment().as_second(), "{seen}");
    assert_eq!(file_stat[1].unwrap().kind, FileKind::Folder);
    assert_eq!((file_stat[2], file_stat[3]), (None, None));
    if site.make_link("/home/ann/link", "/home/ann/a") {
        let link = driver.stat(&container, &[path("/home/ann/link")]).await.unwrap();
        assert_eq!(link[0].unwrap().kind, FileKind::Other);
    }
}

/// A closer look tells mode, owner and where a link points; a folder's names are listed.
pub async fn a_closer_look_tells_owner_and_target_and_a_folder_its_names(site: &dyn Site) {
    site.make_folder("/home/ann");
    let (driver, container) = (site.driver(), site.container_ref());
    assert!(driver.list(&container, &path("/home/ann")).await.unwrap().is_empty());
    let request = PlantRequest { owner: Owner { uid: 1000, gid: 4 }, ..request("/home/ann/it's a file", b"x") };
    driver.plant_file(&container, &request).await.unwrap();
    driver.plant_file(&container, &PlantRequest { path: path("/home/ann/.b/c"), ..request }).await.unwrap();
    let file = driver.details(&container, &path("/home/ann/it's a file")).await.unwrap().unwrap();
    assert_eq!((file.kind, file.mode, file.target), (FileKind::File, 0o640, None));
    assert!(file.owner.is_none_or(|owner| owner == Owner { uid: 1000, gid: 4 }), "{:?}", file.owner);
    let mut wanted = vec![".b", "it's a file"];
    if site.make_link("/home/ann/link", "../else where") {
        let link = driver.details(&container, &path("/home/ann/link")).await.unwrap().unwrap();
        assert_eq!((link.kind, link.target.as_deref()), (FileKind::Other, Some("../else where")));
        wanted.push("link");
    }
    let mut names = driver.list(&container, &path("/home/ann")).await.unwrap();
    names.sort();
    assert_eq!(names, wanted);
    assert_eq!(driver.details(&container, &path("/home/ann/nothing")).await.unwrap(), None);
    assert!(driver.list(&container, &path("/home/nothing")).await.unwrap().is_empty());
}

/// A symbolic link is never followed: not at the target, not on the way, not for reading.
pub async fn no_link_is_followed(site: &dyn Site) {
    if !site.make_folder("/home/ann") {
        return;
    }
    site.make_folder("/etc/outside");
    site.make_link("/home/ann/notes.txt", "/etc/outside/secret");
    site.make_link("/home/ann/Documents", "../../etc/outside");
    let (driver, container) = (site.driver(), site.container_ref());
    for file in ["/home/ann/notes.txt", "/home/ann/Documents/a.txt", "/home/ann/Documents/deep/a.txt"] {
        for plant in [PlantMode::CreateNew, PlantMode::Replace { was: content_hash(b"") }] {
            let error =
                driver.plant_file(&container, &PlantRequest { plant, ..request(file, b"x") }).await.unwrap_err();
            let is_refused = matches!(error, DriverError::Refused { reason: Refusal::Symlink, .. });
            assert!(is_refused || matches!(error, DriverError::Exists { .. }), "{file}: {error}");
        }
        let error = driver.read_file(&container, &path(file), 100).await.unwrap_err();
        assert!(matches!(error, DriverError::Refused { reason: Refusal::Symlink, .. }), "{file}: {error}");
        assert!(driver.remove_file(&container, &path(file)).await.is_err(), "{file}");
    }
    assert!(site.names("/etc/outside").is_empty(), "nothing came out: {:?}", site.names("/etc/outside"));
}

/// Pipes and folders are not files.
pub async fn what_is_no_regular_file_is_left_alone(site: &dyn Site) {
    if !site.make_folder("/home/ann/folder") {
        return;
    }
    assert!(site.make_pipe("/home/ann/pipe"));
    let (driver, container) = (site.driver(), site.container_ref());
    for file in ["/home/ann/folder", "/home/ann/pipe"] {
        let error = driver.plant_file(&container, &request(file, b"x")).await.unwrap_err();
        assert!(matches!(error, DriverError::Exists { .. }), "{error}");
        let replace = replacing(file, b"", b"x");
        let error = driver.plant_file(&container, &replace).await.unwrap_err();
        assert!(matches!(error, DriverError::Refused { reason: Refusal::NotAFile, .. }), "{error}");
        let error = driver.read_file(&container, &path(file), 100).await.unwrap_err();
        assert!(matches!(error, DriverError::Refused { reason: Refusal::NotAFile, .. }), "{error}");
    }
}

/// Reading has a limit, and what isn't there is no error.
pub async fn reading_is_bounded_and_knows_what_is_missing(site: &dyn Site) {
    site.make_folder("/home/ann");
    let (driver, container) = (site.driver(), site.container_ref());
    driver.plant_file(&container, &request("/home/ann/a", &[b'x'; 5_000])).await.unwrap();
    let fits = driver.read_file(&container, &path("/home/ann/a"), 5_000).await.unwrap().unwrap();
    assert_eq!(fits.bytes.len(), 5_000);
    let error = driver.read_file(&container, &path("/home/ann/a"), 4_999).await.unwrap_err();
    assert!(matches!(error, DriverError::Refused { reason: Refusal::TooLarge, .. }), "{error}");
    for missing in ["/home/ann/b", "/home/nobody/b", "/nowhere/at/all"] {
        assert_eq!(driver.read_file(&container, &path(missing), 10).await.unwrap(), None, "{missing}");
        driver.remove_file(&container, &path(missing)).await.unwrap();
    }
}

/// Many at once: each has its own result, in order, and one that can't be doesn't stop the rest.
pub async fn many_files_go_at_once_and_each_has_its_result(site: &dyn Site) {
    site.make_folder("/home/ann");
    let (driver, container) = (site.driver(), site.container_ref());
    driver.plant_file(&container, &request("/home/ann/taken", b"old")).await.unwrap();
    let names = ["a", "work/b", "taken", "work/deep/c", "a"];
    let requests: Vec<_> = names.iter().map(|n| request(&format!("/home/ann/{n}"), n.as_bytes())).collect();
    let results = driver.plant_many(&container, &requests).await;
    let went: Vec<bool> = results.iter().map(Result::is_ok).collect();
    assert_eq!(went, [true, true, false, true, false], "{results:?}");
    assert!(matches!(&results[2], Err(DriverError::Exists { .. })));
    assert_eq!(site.bytes("/home/ann/work/deep/c").unwrap(), b"work/deep/c");
    assert_eq!(site.bytes("/home/ann/taken").unwrap(), b"old");
    assert_eq!(site.see("/home/ann/work/b").unwrap().mtime, site.kept(NANOS));
}

/// A renamed file keeps everything; a name that is taken and a file that isn't there are told of; the folder beside
/// is made where it is missing; a link is never followed.
pub async fn a_renamed_file_is_the_same_file_elsewhere(site: &dyn Site) {
    site.make_folder("/home/ann");
    let (driver, container) = (site.driver(), site.container_ref());
    let mailbox = PlantRequest { mode: 0o600, folder_mode: 0o700, ..request("/home/ann/M/new/1.x,S=5", b"hello") };
    driver.plant_file(&container, &mailbox).await.unwrap();
    let (from, to) = (path("/home/ann/M/new/1.x,S=5"), path("/home/ann/M/cur/1.x,S=5:2,RS"));
    let before = site.see(from.as_str()).unwrap();
    driver.rename_file(&container, &from, &to).await.unwrap();
    assert_eq!(site.see(to.as_str()), Some(before.clone()));
    assert_eq!(site.see(from.as_str()), None);
    let again = path("/home/ann/M/cur/1.x,S=5:2,S");
    driver.rename_file(&container, &to, &again).await.unwrap();
    assert_eq!(site.see(again.as_str()), Some(before));

    let gone = driver.rename_file(&container, &from, &to).await.unwrap_err();
    assert!(matches!(gone, DriverError::Refused { reason: Refusal::Missing, .. }), "{gone}");
    driver.plant_file(&container, &mailbox).await.unwrap();
    let taken = driver.rename_file(&container, &from, &again).await.unwrap_err();
    assert!(matches!(taken, DriverError::Exists { .. }), "{taken}");
    assert_eq!(site.bytes(from.as_str()).as_deref(), Some(&b"hello"[..]));
    if site.make_link("/home/ann/M/new/link", "/etc/hostname") {
        let link = driver.rename_file(&container, &path("/home/ann/M/new/link"), &to).await.unwrap_err();
        assert!(matches!(link, DriverError::Refused { reason: Refusal::Symlink, .. }), "{link}");
    }
}
