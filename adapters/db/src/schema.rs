//! The tables, with SQL types that all three databases share.

diesel::table! {
    topologies (id) {
        id -> Text,
        email_personas -> Text,
        language_default -> Text,
    }
}

diesel::table! {
    topology_deckies (uuid) {
        uuid -> Text,
        topology_id -> Text,
        name -> Text,
        services -> Text,
        decky_config -> Nullable<Text>,
        ip -> Nullable<Text>,
        state -> Text,
    }
}

diesel::table! {
    fleet_deckies (host_uuid, name) {
        host_uuid -> Text,
        name -> Text,
        services -> Text,
        decky_config -> Nullable<Text>,
        decky_ip -> Nullable<Text>,
        state -> Text,
        last_seen -> Nullable<Timestamp>,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    decky_shards (decky_name) {
        decky_name -> Text,
        host_uuid -> Text,
        services -> Text,
        decky_config -> Nullable<Text>,
        decky_ip -> Nullable<Text>,
        state -> Text,
    }
}

diesel::table! {
    synthetic_files (uuid) {
        uuid -> Text,
        decky_uuid -> Text,
        path -> Text,
        persona -> Text,
        content_class -> Text,
        created_at -> Timestamp,
        last_modified -> Timestamp,
        edit_count -> Integer,
        content_hash -> Text,
        last_body -> Text,
    }
}

diesel::table! {
    realism_config (uuid) {
        uuid -> Text,
        key -> Text,
        value -> Text,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    orchestrator_events (uuid) {
        uuid -> Text,
        ts -> Timestamp,
        kind -> Text,
        protocol -> Text,
        action -> Text,
        src_decky_uuid -> Nullable<Text>,
        dst_decky_uuid -> Text,
        success -> Bool,
        payload -> Text,
    }
}

diesel::table! {
    orchestrator_pending (uuid) {
        uuid -> Text,
        container -> Text,
        decky_name -> Text,
        begun -> Timestamp,
        changes -> Text,
        effect -> Text,
    }
}

diesel::table! {
    orchestrator_origin (id) {
        id -> Integer,
        seed -> Text,
        began -> Timestamp,
    }
}

diesel::table! {
    orchestrator_file_marks (file_uuid) {
        file_uuid -> Text,
        mark -> Text,
        marked_at -> Timestamp,
    }
}

diesel::table! {
    orchestrator_session_keys (login) {
        login -> Text,
        private_key -> Text,
        public_key -> Text,
    }
}

diesel::table! {
    orchestrator_emails (uuid) {
        uuid -> Text,
        ts -> Timestamp,
        mail_decky_uuid -> Text,
        thread_id -> Text,
        message_id -> Text,
        in_reply_to -> Nullable<Text>,
        sender_email -> Text,
        recipient_email -> Text,
        subject -> Text,
        language -> Text,
        eml_path -> Text,
        success -> Bool,
        payload -> Text,
    }
}

diesel::table! {
    orchestrator_mail_copies (email_uuid, owner) {
        email_uuid -> Text,
        owner -> Text,
        container -> Text,
        decky_name -> Text,
        path -> Text,
        state -> Text,
        due -> Nullable<Timestamp>,
    }
}
