//! JSON laid out for people: a value on one line where it fits, a member a line where not.

use events::Json;

/// Columns that a line may have.
const WIDTH: usize = 100;

/// The text of a value whose first line begins at column `used` and whose other lines are
/// indented by `indent`.
#[must_use]
pub fn laid_out(json: &Json, indent: usize, used: usize) -> String {
    let line = on_one_line(json);
    if used + line.chars().count() <= WIDTH {
        return line;
    }
    let inner = indent + 2;
    match json {
        Json::Object(members) => {
            let member = |(name, value): (&String, &Json)| {
                let name = Json::from(name.as_str()).canonical_text();
                let used = inner + name.chars().count() + ": ,".len();
                format!("{:inner$}{name}: {}", "", laid_out(value, inner, used))
            };
            let members: Vec<_> = members.iter().map(member).collect();
            format!("{{\n{}\n{:indent$}}}", members.join(",\n"), "")
        }
        Json::Array(items) => {
            let item =
                |item: &Json| format!("{:inner$}{}", "", laid_out(item, inner, inner + ",".len()));
            let items: Vec<_> = items.iter().map(item).collect();
            format!("[\n{}\n{:indent$}]", items.join(",\n"), "")
        }
        Json::Null
        | Json::Bool(_)
        | Json::Int(_)
        | Json::String(_)
        | Json::BadNumber
        | Json::Duplicate => line,
    }
}

fn on_one_line(json: &Json) -> String {
    match json {
        Json::Object(members) => {
            let member = |(name, value): (&String, &Json)| {
                format!("{}: {}", Json::from(name.as_str()).canonical_text(), on_one_line(value))
            };
            let members: Vec<_> = members.iter().map(member).collect();
            format!("{{{}}}", members.join(", "))
        }
        Json::Array(items) => {
            let items: Vec<_> = items.iter().map(on_one_line).collect();
            format!("[{}]", items.join(", "))
        }
        Json::Null
        | Json::Bool(_)
        | Json::Int(_)
        | Json::String(_)
        | Json::BadNumber
        | Json::Duplicate => json.canonical_text(),
    }
}
