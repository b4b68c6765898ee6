//! What a resource says of itself that keeps it from being valid: its status, or that it is not to be done.

use serde_json::Value;

use super::{codes, list, resource_type};
use crate::marked::Void;

/// Why what a resource, or a part of one, says does not hold; nothing where it does.
pub(crate) fn void(resource: &Value) -> Option<Void> {
    let members = resource.as_object()?;
    let is_true =
        |name: &str| matches!(members.get(name), Some(Value::Bool(true))) || said(resource, name) == "true";
    let of_status = STATUSES.iter().filter(|name| members.contains_key(**name)).find_map(|name| {
        let concept = list(resource, name).flat_map(codes).map(|code| code.code);
        concept.chain([said(resource, name).to_owned()]).find_map(|code| of_code(&code))
    });
    let of_head = || match resource_type(resource) {
        // What a document says stands and falls with it.
        Some("Bundle") => {
            let first = list(resource, "entry").find_map(|entry| entry.get("resource"));
            first.filter(|first| resource_type(first) == Some("Composition")).and_then(void)
        }
        _ => None,
    };
    of_status
        .or_else(|| FORBIDDING.iter().any(|name| is_true(name)).then_some(Void::Forbidden))
        .or_else(|| NOT_DONE.iter().any(|name| is_true(name)).then_some(Void::NotDone))
        .or_else(of_head)
}

fn said<'a>(resource: &'a Value, name: &str) -> &'a str {
    resource.get(name).and_then(Value::as_str).unwrap_or_default().trim()
}

fn of_code(code: &str) -> Option<Void> {
    Some(match code {
        "entered-in-error" | "nullified" => Void::Error,
        "cancelled" | "canceled" | "revoked" => Void::Cancelled,
        "not-done" | "not-taken" => Void::NotDone,
        "refuted" => Void::Refuted,
        "rejected" | "declined" => Void::Rejected,
        "superseded" => Void::Replaced,
        "stopped" => Void::Stopped,
        "on-hold" => Void::OnHold,
        "inactive" | "remission" | "resolved" => Void::Over,
        _ => return None,
    })
}

const STATUSES: [&str; 5] =
    ["status", "docStatus", "verificationStatus", "clinicalStatus", "lifecycleStatus"];
const FORBIDDING: [&str; 2] = ["doNotPerform", "prohibited"];
/// Those of earlier releases; later ones have a status.
const NOT_DONE: [&str; 4] = ["wasNotTaken", "wasNotGiven", "notGiven", "notDone"];
