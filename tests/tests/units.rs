//! The units that are installed: the reference's for who takes over, and ours beside it.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

fn unit(path: &str) -> String {
    std::fs::read_to_string(format!("{}/../deploy/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// The lines that systemd reads.
fn settings(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
}

#[test]
fn the_references_unit_is_there_as_it_was() {
    let text = unit("decnet-orchestrator.service.j2");
    assert_eq!(
        settings(&text),
        [
            "[Unit]",
            "Description=DECNET Orchestrator (synthetic life \u{2014} traffic + file plants + email)",
            "After=network-online.target decnet-bus.service decnet-api.service",
            "Wants=decnet-bus.service decnet-api.service",
            "[Service]",
            "Type=simple",
            "User=decnet",
            "Group=decnet",
            "WorkingDirectory=/opt/DECNET",
            "EnvironmentFile=-/opt/DECNET/.env.local",
            "Environment=DECNET_SYSTEM_LOGS=/var/log/decnet/decnet.orchestrator.log",
            "Environment=DECNET_REALISM_LLM=",
            "Environment=DECNET_REALISM_MODEL=llama3.1",
            "Environment=DECNET_REALISM_TIMEOUT=60",
            "Environment=DECNET_REALISM_PERSONAS=/etc/decnet/email_personas.json",
            "ExecStart=/opt/DECNET/.venv/bin/decnet orchestrate",
            "SupplementaryGroups=docker",
            "NoNewPrivileges=yes",
            "ProtectSystem=full",
            "ProtectHome=read-only",
            "Restart=on-failure",
            "RestartSec=5",
            "[Install]",
            "WantedBy=multi-user.target",
        ]
    );
}

#[test]
fn our_unit_collides_with_nothing_and_may_write_where_the_reference_keeps_its_database() {
    let text = unit("systemd/decnet-realism.service");
    let settings = settings(&text);
    assert!(!settings.iter().any(|line| line.starts_with("Conflicts=")), "{settings:?}");
    let has = |name: &str, word: &str| {
        settings
            .iter()
            .any(|line| line.strip_prefix(name).is_some_and(|rest| rest.split_whitespace().any(|w| w == word)))
    };
    assert!(has("Wants=", "decnet-api.service") && has("Wants=", "decnet-bus.service"));
    assert!(has("After=", "decnet-supervise-batch.service"), "a start never comes between the reference's own");
    assert!(has("ReadWritePaths=", "-/opt/DECNET"));
    assert!(has("EnvironmentFile=", "-/opt/DECNET/.env.local"));
    // The name that the reference's batch unit has a Conflicts= with is taken by nothing of ours.
    assert!(
        !std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/systemd/decnet-orchestrator.service"))
            .exists()
    );
}
