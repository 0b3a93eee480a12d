//! The demo's company: four hosts as folders, five people with accounts on them.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context;
use decnet_db::SqlRepo;
use decnet_domain::account::Owner;
use decnet_domain::decky::{ContainerRef, Containers, DeckyName, Service};
use decnet_domain::path::DeckyPath;
use decnet_folder::FolderDriver;
use decnet_ports::{
    ActivityDriver, Deckies, DriverError, FOLDER_MODE, FleetEntry, FleetState, PlantMode, PlantRequest,
};
use jiff::{SignedDuration, Timestamp, Zoned};

/// The pool.
pub(crate) const PERSONAS: &str = include_str!("../../content/demo-personas.json");
const BASHRC: &str = include_str!("../../content/bashrc");

/// A host, its services, and who has an account there.
struct Host {
    name: &'static str,
    services: &'static [&'static str],
    people: &'static [&'static str],
}

const HOSTS: [Host; 4] = [
    Host { name: "web-01", services: &["ssh", "http"], people: &["sarahconnor", "juanperez", "tomberg"] },
    Host { name: "db-01", services: &["ssh", "mysql"], people: &["sarahconnor", "juanperez"] },
    Host {
        name: "files-01",
        services: &["ssh", "smb"],
        people: &["sarahconnor", "ninamueller", "amybright", "tomberg"],
    },
    Host {
        name: "mail-01",
        services: &["ssh", "imap"],
        people: &["sarahconnor", "juanperez", "ninamueller", "tomberg", "amybright"],
    },
];

/// Makes what isn't there yet; what is there stays.
pub(crate) async fn build(repo: &SqlRepo, root: &Path, begin: &Zoned) -> anyhow::Result<()> {
    let driver = FolderDriver::new(root.to_owned());
    for (number, host) in (1_u8..).zip(&HOSTS) {
        let name = DeckyName::new(host.name)?;
        let folder = root.join(host.name);
        // Each host was installed some months before the story begins, one after the other.
        let installed = begin.timestamp() - SignedDuration::from_hours(24 * 40 * (1 + i64::from(number)));
        std::fs::create_dir_all(&folder).with_context(|| format!("can't make {}", folder.display()))?;
        let container = ContainerRef::of_service(name.clone(), Service::Ssh);
        furnish(&driver, &container, host, installed).await?;
        let entry = FleetEntry {
            name,
            services: host.services.iter().map(|s| (*s).to_owned()).collect(),
            ip: Some([10, 20, 0, 10 + number].into()),
            containers: Containers::default(),
            state: FleetState::Running,
        };
        repo.put_fleet_decky(&entry, begin.timestamp()).await?;
    }
    Ok(())
}

async fn furnish(
    driver: &FolderDriver,
    container: &ContainerRef,
    host: &Host,
    installed: Timestamp,
) -> anyhow::Result<()> {
    let mut passwd = String::from("root:x:0:0:root:/root:/bin/bash\n");
    for (uid, login) in (1000_u32..).zip(host.people) {
        // Writing to a String never fails.
        let _: std::fmt::Result = writeln!(passwd, "{login}:x:{uid}:{uid}::/home/{login}:/bin/bash");
    }
    let mut files = vec![
        ("/etc/hostname".to_owned(), format!("{}\n", host.name)),
        ("/etc/passwd".to_owned(), passwd),
        ("/etc/group".to_owned(), "root:x:0:\nadm:x:4:syslog\nsudo:x:27:sarahconnor\n".to_owned()),
        ("/root/.bashrc".to_owned(), BASHRC.to_owned()),
        ("/var/log/installer/status".to_owned(), "Status: install ok installed\n".to_owned()),
    ];
    if host.services.contains(&"imap") {
        let told = "mail_location = maildir:~/Maildir\n".to_owned();
        files.push(("/etc/dovecot/conf.d/10-mail.conf".to_owned(), told));
    }
    files.extend(host.people.iter().map(|login| (format!("/home/{login}/.bashrc"), BASHRC.to_owned())));
    for (age, (path, text)) in (0_i64..).zip(files) {
        let request = PlantRequest {
            path: DeckyPath::new(path)?,
            bytes: text.into_bytes(),
            owner: Owner::ROOT,
            mode: 0o644,
            mtime: installed + SignedDuration::from_nanos(age * 1_734_567_891),
            plant: PlantMode::CreateNew,
            folder_mode: FOLDER_MODE,
            beside: &[],
        };
        match driver.plant_file(container, &request).await {
            Ok(_) | Err(DriverError::Exists { .. }) => {}
            Err(error) => return Err(error).with_context(|| format!("can't furnish {}", host.name)),
        }
    }
    Ok(())
}
