//! Binary mode: attributes are headers, the body is the data.

use axum::http::HeaderMap;
use events::{Admission, Code, Incoming, Json, Pointer, Refusal};

/// What every header of an attribute begins with.
const PREFIX: &str = "ce-";

/// The event of a request in binary mode.
pub(super) fn read(headers: &HeaderMap, body: &[u8]) -> Result<Incoming, Refusal> {
    let mut attributes = std::collections::BTreeMap::new();
    for (name, value) in headers {
        let Some(name) = name.as_str().strip_prefix(PREFIX) else { continue };
        let at = Pointer::ROOT;
        let value = decoded(value.as_bytes())
            .ok_or_else(|| at.member(name).refuse(Code::WrongType, "not percent-encoded UTF-8"))?;
        let value = attribute(name, value)?;
        if attributes.insert(name.to_owned(), value).is_some() {
            return Err(at.member(name).refuse(Code::DuplicateField, "it stands twice"));
        }
    }
    if !body.trim_ascii().is_empty() {
        let data = Json::parse(body);
        let refuse =
            |_| Pointer::ROOT.member("data").refuse(Code::NotJson, "the data are not JSON");
        let data = data.map_err(refuse)?;
        if attributes.insert("data".to_owned(), data).is_some() {
            return Err(Pointer::ROOT.member("data").refuse(Code::DuplicateField, "stands twice"));
        }
    }
    Incoming::read(&Json::Object(attributes), Admission::Adapter)
}

/// The value of an attribute: text, but for the one that is a number.
fn attribute(name: &str, value: String) -> Result<Json, Refusal> {
    if name != "expectedrevision" {
        return Ok(Json::String(value));
    }
    let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.then(|| value.parse().ok()).flatten().map(Json::Int);
    let refuse = || {
        let at = Pointer::ROOT;
        at.member("expectedrevision").refuse(Code::InvalidNumber, "expected decimal digits")
    };
    number.ok_or_else(refuse)
}

/// The text of a header: percent-encoded UTF-8, in quotes or not (CloudEvents HTTP binding, 3.1.3.2).
fn decoded(value: &[u8]) -> Option<String> {
    let value = value.trim_ascii();
    let quoted = value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\""));
    let mut bytes = quoted.unwrap_or(value).iter().copied();
    let mut text = Vec::with_capacity(value.len());
    while let Some(byte) = bytes.next() {
        match byte {
            b'%' => {
                let digits = [bytes.next()?, bytes.next()?];
                text.extend(hex::decode(digits).ok()?);
            }
            b'\\' if quoted.is_some() => text.push(bytes.next()?),
            byte => text.push(byte),
        }
    }
    String::from_utf8(text).ok()
}

#[cfg(test)]
mod tests {
    use super::decoded;

    #[test]
    fn headers_are_percent_encoded() {
        let text = |value: &str| decoded(value.as_bytes());
        assert_eq!(text("Euro%20%E2%82%AC").as_deref(), Some("Euro \u{20ac}"));
        assert_eq!(text(" plain ").as_deref(), Some("plain"));
        assert_eq!(text(r#""a \"b\" %22c%22""#).as_deref(), Some(r#"a "b" "c""#));
        for wrong in ["%", "%2", "%zz", "%ff"] {
            assert_eq!(text(wrong), None, "{wrong}");
        }
    }
}
