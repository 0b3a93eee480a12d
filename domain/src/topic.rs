//! Topics and events of the bus. Other programs read them: names, types and units are fixed.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::llm::breaker::BreakerState;
use crate::record::{EmailRecord, Event, EventKind, PROTOCOL, iso};

/// Where stop requests come in.
pub const CONTROL: &str = "system.orchestrator.control";
/// Where the heartbeat goes out.
pub const HEALTH: &str = "system.orchestrator.health";
/// Where the bus tells that it lives.
pub const BUS_HEALTH: &str = "system.bus.health";

/// The topic of an event: `orchestrator.<kind>.<dst uuid>`; for a file that isn't ours any more,
/// `orchestrator.tampered.<dst uuid>`.
pub fn of_event(event: &Event) -> String {
    let word = if event.what == EventKind::FileTampered { "tampered" } else { event.what.kind() };
    format!("orchestrator.{word}.{}", event.target)
}

/// The payload of an event on the bus.
pub fn event_payload(event: &Event) -> Value {
    json!({
        "kind": event.what.kind(),
        "protocol": PROTOCOL,
        "action": event.what.action(),
        "src_decky_uuid": event.source.as_ref().map(super::decky::DeckyId::as_str),
        "dst_decky_uuid": event.target.as_str(),
        "success": event.outcome.is_success(),
        "payload": event.payload,
        "ts": iso(event.ts),
    })
}

/// The topic of a mail: `orchestrator.email.<mail decky uuid>`.
pub fn of_email(email: &EmailRecord) -> String {
    format!("orchestrator.email.{}", email.decky)
}

/// The payload of a mail on the bus.
pub fn email_payload(email: &EmailRecord) -> Value {
    json!({
        "kind": "email",
        "mail_decky_uuid": email.decky.as_str(),
        "thread_id": email.thread.as_str(),
        "message_id": email.message_id,
        "in_reply_to": email.in_reply_to,
        "sender_email": email.sender,
        "recipient_email": email.recipient,
        "subject": email.subject,
        "language": email.language,
        "success": email.outcome.is_success(),
        "ts": iso(email.ts),
    })
}

/// A moment as the `ts` of heartbeats and control messages: seconds since 1970, a number. Readers of the
/// reference take it for one (`float(payload["ts"])`) and end on anything else.
pub fn epoch_seconds(at: Timestamp) -> f64 {
    // Microseconds fit into the 53 bits of a double until the year 2255.
    at.as_microsecond() as f64 / 1e6
}

/// What the heartbeat says of the language model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LlmHealth {
    /// The backend in use, if one is.
    pub backend: Option<String>,
    /// Its model.
    pub model: Option<String>,
    /// Whether it is left in peace.
    pub breaker: BreakerState,
}

/// The payload of the orchestrator's heartbeat.
pub fn heartbeat(now: Timestamp, llm: &LlmHealth) -> Value {
    json!({
        "worker": "orchestrator",
        "ts": epoch_seconds(now),
        "realism": {
            "llm_enabled": llm.backend.is_some(),
            "llm_backend": llm.backend,
            "llm_model": llm.model,
            "llm_breaker_state": llm.breaker.as_str(),
        },
    })
}

/// The payload of the bus's heartbeat; `uptime` is how long it has been open, in whole seconds.
pub fn bus_heartbeat(now: Timestamp, uptime: i64) -> Value {
    json!({ "worker": "bus", "ts": epoch_seconds(now), "uptime_s": uptime })
}

/// The payload of a request on [`CONTROL`] that a worker stops.
pub fn stop_order(requested_by: &str, now: Timestamp) -> Value {
    json!({ "action": "stop", "requested_by": requested_by, "ts": epoch_seconds(now) })
}

/// Whether a message on [`CONTROL`] asks us to stop; tells who asked.
pub fn stop_request(payload: &Value) -> Option<String> {
    (payload.get("action")?.as_str()? == "stop")
        .then(|| payload.get("requested_by").and_then(Value::as_str).unwrap_or("somebody").to_owned())
}

/// Whether `topic` matches `pattern`, as in NATS: `*` is one token, a final `>` one or more.
pub fn matches(pattern: &str, topic: &str) -> bool {
    let mut topics = topic.split('.');
    let mut patterns = pattern.split('.').peekable();
    while let Some(token) = patterns.next() {
        let Some(actual) = topics.next() else { return false };
        match token {
            ">" if patterns.peek().is_none() => return true,
            "*" => {}
            literal if literal == actual => {}
            _ => return false,
        }
    }
    topics.next().is_none()
}

/// Whether a text can be published to: tokens that are not empty, and no wildcard, blank or control character.
pub fn is_topic(text: &str) -> bool {
    is_pattern(text) && !text.split('.').any(|token| token == "*" || token == ">")
}

/// Whether a text can be subscribed to.
pub fn is_pattern(text: &str) -> bool {
    let tokens = text.split('.').count();
    !text.contains(|c: char| c.is_whitespace() || c.is_control())
        && text.split('.').enumerate().all(|(at, token)| !token.is_empty() && (token != ">" || at + 1 == tokens))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn patterns_match_as_in_nats() {
        for (pattern, topic, expected) in [
            ("orchestrator.*.x", "orchestrator.file.x", true),
            ("orchestrator.*", "orchestrator.file.x", false),
            ("orchestrator.>", "orchestrator.file.x", true),
            ("orchestrator.>", "orchestrator", false),
            (">", "a", true),
            ("a.b", "a.b", true),
            ("a.b", "a.b.c", false),
            ("a.b.c", "a.b", false),
            ("a.>.c", "a.b.c", false),
        ] {
            assert_eq!(matches(pattern, topic), expected, "{pattern} {topic}");
        }
    }

    #[test]
    fn only_a_stop_stops() {
        assert_eq!(stop_request(&json!({"action": "stop", "requested_by": "ann"})).as_deref(), Some("ann"));
        assert_eq!(stop_request(&json!({"action": "stop"})).as_deref(), Some("somebody"));
        for other in [json!({"action": "start"}), json!({}), json!([1]), json!({"action": 7})] {
            assert_eq!(stop_request(&other), None);
        }
    }

    /// The reference's reader: `float(payload["ts"])`, and a worker is alive when that is less than 90 seconds
    /// away from its own clock.
    #[test]
    fn a_heartbeat_has_epoch_seconds_as_a_number() {
        let now: Timestamp = "2026-11-28T10:00:00.25Z".parse().unwrap();
        let llm = LlmHealth { backend: None, model: None, breaker: BreakerState::Closed };
        for payload in [heartbeat(now, &llm), bus_heartbeat(now, 7), stop_order("ann", now)] {
            assert!(payload["ts"].is_number(), "{payload}");
            assert_eq!(payload["ts"].as_f64(), Some(1_795_860_000.25), "{payload}");
        }
        assert_eq!(bus_heartbeat(now, 7)["uptime_s"], 7);
        assert_eq!(stop_request(&stop_order("ann", now)).as_deref(), Some("ann"));
    }

    proptest! {
        #[test]
        fn a_topic_matches_itself_and_everything(topic in "[a-z:-]{1,5}(\\.[a-z0-9]{1,5}){0,4}") {
            prop_assert!(is_topic(&topic));
            prop_assert!(matches(&topic, &topic) && matches(">", &topic));
        }

        #[test]
        fn no_text_makes_matching_panic(pattern in "[a.*> ]{0,12}", topic in "[a.*> ]{0,12}") {
            let _ = (matches(&pattern, &topic), is_topic(&topic), is_pattern(&pattern));
        }
    }
}
