//! `schemas/events/`: a JSON Schema per event type, generated and committed.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result};
use events::EventType;
use serde_json::Value;

use crate::repository::{names_in, root};

/// Where they are.
const FOLDER: &str = "schemas/events";

/// Text of each file by its name, as it should be.
fn generated() -> Result<BTreeMap<String, String>> {
    EventType::ALL
        .iter()
        .map(|kind| {
            let text = serde_json::to_string_pretty(&ordered(events::schema::of(*kind)))?;
            Ok((format!("{}.json", kind.name()), text + "\n"))
        })
        .collect()
}

/// The value with all members in order of their names, whatever the map beneath keeps.
fn ordered(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let sorted: BTreeMap<_, _> =
                members.into_iter().map(|(k, v)| (k, ordered(v))).collect();
            sorted.into_iter().collect()
        }
        Value::Array(items) => items.into_iter().map(ordered).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

/// Files that are missing, left over or not as they should be.
pub(crate) fn drift() -> Result<Vec<String>> {
    let generated = generated()?;
    let mut found = Vec::new();
    for (name, text) in &generated {
        match fs::read_to_string(root().join(FOLDER).join(name)) {
            Ok(committed) if committed == *text => {}
            Ok(_) => found.push(format!("{FOLDER}/{name} is not what the types say")),
            Err(e) => found.push(format!("{FOLDER}/{name}: {e}")),
        }
    }
    for name in names_in(FOLDER, "").unwrap_or_default() {
        if !generated.contains_key(&name) {
            found.push(format!("{FOLDER}/{name} belongs to no event type"));
        }
    }
    Ok(found)
}

/// Writes them all, and removes what belongs to no type.
pub(crate) fn write() -> Result<()> {
    let folder = root().join(FOLDER);
    fs::create_dir_all(&folder).context("cannot make the folder of schemas")?;
    let generated = generated()?;
    for name in names_in(FOLDER, ".json")? {
        let name = format!("{name}.json");
        if !generated.contains_key(&name) {
            fs::remove_file(folder.join(&name)).with_context(|| format!("cannot remove {name}"))?;
        }
    }
    for (name, text) in &generated {
        fs::write(folder.join(name), text).with_context(|| format!("cannot write {name}"))?;
    }
    println!("{} schemas in {FOLDER}", generated.len());
    Ok(())
}
