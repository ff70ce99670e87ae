//! Reading a value of JSON into a type, exactly: nothing is coerced, defaulted or dropped.

use std::collections::BTreeMap;

use serde_json::json;

use crate::{Code, Date, Json, Pointer, Refusal};

/// A type that a field of the vocabulary may have.
pub trait Field: Sized {
    /// Reads the value at `at`.
    ///
    /// # Errors
    /// A [`Refusal`] naming the place, when the value is not exactly of this type.
    fn read(json: &Json, at: &Pointer<'_>) -> Result<Self, Refusal>;

    /// The value as JSON; [`Field::read`] of it gives the value back.
    fn write(&self) -> Json;

    /// JSON Schema (2020-12) of what [`Field::read`] takes.
    fn schema() -> serde_json::Value;
}

/// Schema of strings that match an ECMA 262 pattern.
pub(crate) fn schema_of_pattern(pattern: &str) -> serde_json::Value {
    json!({ "type": "string", "pattern": pattern })
}

fn wrong_type(at: &Pointer<'_>, expected: &str, json: &Json) -> Refusal {
    at.refuse(Code::WrongType, format!("expected {expected}, found {}", json.kind()))
}

impl Field for String {
    fn read(json: &Json, at: &Pointer<'_>) -> Result<Self, Refusal> {
        json.as_str().map(str::to_owned).ok_or_else(|| wrong_type(at, "a string", json))
    }

    fn write(&self) -> Json {
        self.as_str().into()
    }

    fn schema() -> serde_json::Value {
        json!({ "type": "string" })
    }
}

impl Field for bool {
    fn read(json: &Json, at: &Pointer<'_>) -> Result<Self, Refusal> {
        if let Json::Bool(b) = json { Ok(*b) } else { Err(wrong_type(at, "a boolean", json)) }
    }

    fn write(&self) -> Json {
        Json::Bool(*self)
    }

    fn schema() -> serde_json::Value {
        json!({ "type": "boolean" })
    }
}

impl Field for i64 {
    fn read(json: &Json, at: &Pointer<'_>) -> Result<Self, Refusal> {
        if let Json::Int(n) = json { Ok(*n) } else { Err(wrong_type(at, "a whole number", json)) }
    }

    fn write(&self) -> Json {
        Json::Int(*self)
    }

    fn schema() -> serde_json::Value {
        json!({
            "type": "integer",
            "minimum": -crate::json::INTEGER_MAX, "maximum": crate::json::INTEGER_MAX,
        })
    }
}

impl Field for u32 {
    fn read(json: &Json, at: &Pointer<'_>) -> Result<Self, Refusal> {
        let n = i64::read(json, at)?;
        Self::try_from(n).map_err(|_| {
            at.refuse(Code::InvalidNumber, format!("expected 0 to {}, found {n}", Self::MAX))
        })
    }

    fn write(&self) -> Json {
        Json::Int(i64::from(*self))
    }

    fn schema() -> serde_json::Value {
        json!({ "type": "integer", "minimum": 0, "maximum": Self::MAX })
    }
}

impl Field for Date {
    fn read(json: &Json, at: &Pointer<'_>) -> Result<Self, Refusal> {
        String::read(json, at)?
            .parse()
            .map_err(|e: crate::DateError| at.refuse(Code::InvalidDate, e.to_string()))
    }

    fn write(&self) -> Json {
        self.to_string().into()
    }

    fn schema() -> serde_json::Value {
        json!({ "type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" })
    }
}

impl<T: Field> Field for Vec<T> {
    fn read(json: &Json, at: &Pointer<'_>) -> Result<Self, Refusal> {
        let Json::Array(items) = json else { return Err(wrong_type(at, "a list", json)) };
        items.iter().enumerate().map(|(i, item)| T::read(item, &at.index(i))).collect()
    }

    fn write(&self) -> Json {
        Json::Array(self.iter().map(T::write).collect())
    }

    fn schema() -> serde_json::Value {
        json!({ "type": "array", "items": T::schema() })
    }
}

impl<T: Field> Field for BTreeMap<String, T> {
    fn read(json: &Json, at: &Pointer<'_>) -> Result<Self, Refusal> {
        let Json::Object(members) = json else { return Err(wrong_type(at, "an object", json)) };
        let entry = |(k, v): (&String, &Json)| Ok((k.clone(), T::read(v, &at.member(k))?));
        members.iter().map(entry).collect()
    }

    fn write(&self) -> Json {
        Json::object(self.iter().map(|(k, v)| (k.clone(), v.write())))
    }

    fn schema() -> serde_json::Value {
        json!({ "type": "object", "additionalProperties": T::schema() })
    }
}

/// Any JSON object whose members the reader of the record judges.
impl Field for BTreeMap<String, Json> {
    fn read(json: &Json, at: &Pointer<'_>) -> Result<Self, Refusal> {
        json.as_object().cloned().ok_or_else(|| wrong_type(at, "an object", json))
    }

    fn write(&self) -> Json {
        Json::Object(self.clone())
    }

    fn schema() -> serde_json::Value {
        json!({ "type": "object" })
    }
}

/// A member of a record: a [`Field`] is required, an `Option` of one may be absent.
pub trait Slot: Sized {
    /// Whether the member must be there.
    const REQUIRED: bool;

    /// Takes the member `name` out of `members`.
    ///
    /// # Errors
    /// [`Code::MissingField`], or what the field refuses.
    fn take(members: &mut Members<'_>, name: &'static str) -> Result<Self, Refusal>;

    /// The member's JSON, `None` if it is absent.
    fn give(&self) -> Option<Json>;

    /// The field's schema.
    fn schema() -> serde_json::Value;
}

impl<T: Field> Slot for T {
    const REQUIRED: bool = true;

    fn take(members: &mut Members<'_>, name: &'static str) -> Result<Self, Refusal> {
        members.optional(name)?.ok_or_else(|| members.missing(name))
    }

    fn give(&self) -> Option<Json> {
        Some(self.write())
    }

    fn schema() -> serde_json::Value {
        <T as Field>::schema()
    }
}

impl<T: Field> Slot for Option<T> {
    const REQUIRED: bool = false;

    fn take(members: &mut Members<'_>, name: &'static str) -> Result<Self, Refusal> {
        members.optional(name)
    }

    fn give(&self) -> Option<Json> {
        self.as_ref().map(T::write)
    }

    fn schema() -> serde_json::Value {
        <T as Field>::schema()
    }
}

/// The members of an object while a record is read; what nobody took is refused at the end.
pub struct Members<'a> {
    object: &'a BTreeMap<String, Json>,
    at: &'a Pointer<'a>,
    taken: Vec<&'static str>,
}

/// The longest name of an event or source, in characters.
const NAME_CHARS_MAX: usize = 256;

impl<'a> Members<'a> {
    /// The members of the object at `at`.
    ///
    /// # Errors
    /// [`Code::WrongType`] if it is no object.
    pub fn of(json: &'a Json, at: &'a Pointer<'a>) -> Result<Self, Refusal> {
        let object = json.as_object().ok_or_else(|| wrong_type(at, "an object", json))?;
        Ok(Self { object, at, taken: Vec::new() })
    }

    /// Takes a member that may be absent.
    ///
    /// # Errors
    /// What the field refuses; `null` is no blank.
    pub fn optional<T: Field>(&mut self, name: &'static str) -> Result<Option<T>, Refusal> {
        self.taken.push(name);
        self.object.get(name).map(|json| T::read(json, &self.at.member(name))).transpose()
    }

    /// Takes a required name of 1 to 256 characters.
    ///
    /// # Errors
    /// [`Code::MissingField`], [`Code::WrongType`], [`Code::BlankField`], [`Code::TooLong`].
    pub fn name(&mut self, name: &'static str) -> Result<String, Refusal> {
        self.optional_name(name)?.ok_or_else(|| self.missing(name))
    }

    /// Takes a name of 1 to 256 characters that may be absent.
    ///
    /// # Errors
    /// [`Code::WrongType`], [`Code::BlankField`], [`Code::TooLong`].
    pub fn optional_name(&mut self, name: &'static str) -> Result<Option<String>, Refusal> {
        let Some(text) = self.optional::<String>(name)? else { return Ok(None) };
        let at = self.at.member(name);
        match text.chars().count() {
            0 => Err(at.refuse(Code::BlankField, "an empty text; 1 to 256 characters are taken")),
            1..=NAME_CHARS_MAX => Ok(Some(text)),
            _ => Err(at.refuse(Code::TooLong, "more than 256 characters")),
        }
    }

    /// The member as it stands, taken.
    pub fn json(&mut self, name: &'static str) -> Option<&'a Json> {
        self.taken.push(name);
        self.object.get(name)
    }

    /// The refusal of an object that lacks a required member.
    #[must_use]
    pub fn missing(&self, name: &str) -> Refusal {
        self.at.member(name).refuse(Code::MissingField, format!("`{name}` is required"))
    }

    /// Refuses the first member that nobody took.
    ///
    /// # Errors
    /// [`Code::UnknownField`].
    pub fn finish(self) -> Result<(), Refusal> {
        match self.object.keys().find(|k| !self.taken.contains(&k.as_str())) {
            None => Ok(()),
            Some(name) => Err(self.at.member(name).refuse(
                Code::UnknownField,
                format!("`{name}` is not known here; known are {}", self.taken.join(", ")),
            )),
        }
    }
}
