//! Reading a value of JSON into a type, exactly: nothing is coerced, defaulted or dropped.

use std::collections::BTreeMap;

use serde_json::json;

use crate::value::Object;
use crate::{Code, Date, Json, Pointer, Refusal, Value};

/// A type that a field of the vocabulary may have.
pub trait Field: Sized {
    /// Reads the value at `at`.
    ///
    /// # Errors
    /// A [`Refusal`] naming the place, when the value is not exactly of this type.
    fn read(value: &Value<'_>, at: &Pointer<'_>) -> Result<Self, Refusal>;

    /// The value as JSON; [`Field::read`] of it gives the value back.
    fn write(&self) -> Json;

    /// JSON Schema (2020-12) of what [`Field::read`] takes.
    fn schema() -> serde_json::Value;
}

/// Schema of strings that match an ECMA 262 pattern.
pub(crate) fn schema_of_pattern(pattern: &str) -> serde_json::Value {
    json!({ "type": "string", "pattern": pattern })
}

fn wrong_type(at: &Pointer<'_>, expected: &str, found: &Value<'_>) -> Refusal {
    at.refuse(Code::WrongType, format!("expected {expected}, found {}", found.kind()))
}

/// The text at `at`, for types that are read from one.
pub(crate) fn text<'a>(value: &'a Value<'_>, at: &Pointer<'_>) -> Result<&'a str, Refusal> {
    value.as_str().ok_or_else(|| wrong_type(at, "a string", value))
}

impl Field for String {
    fn read(value: &Value<'_>, at: &Pointer<'_>) -> Result<Self, Refusal> {
        text(value, at).map(str::to_owned)
    }

    fn write(&self) -> Json {
        self.as_str().into()
    }

    fn schema() -> serde_json::Value {
        json!({ "type": "string" })
    }
}

impl Field for bool {
    fn read(value: &Value<'_>, at: &Pointer<'_>) -> Result<Self, Refusal> {
        if let Value::Bool(b) = value { Ok(*b) } else { Err(wrong_type(at, "a boolean", value)) }
    }

    fn write(&self) -> Json {
        Json::Bool(*self)
    }

    fn schema() -> serde_json::Value {
        json!({ "type": "boolean" })
    }
}

impl Field for i64 {
    fn read(value: &Value<'_>, at: &Pointer<'_>) -> Result<Self, Refusal> {
        if let Value::Int(n) = value {
            Ok(*n)
        } else {
            Err(wrong_type(at, "a whole number", value))
        }
    }

    fn write(&self) -> Json {
        Json::Int(*self)
    }

    fn schema() -> serde_json::Value {
        json!({
            "type": "integer",
            "minimum": -crate::value::INTEGER_MAX, "maximum": crate::value::INTEGER_MAX,
        })
    }
}

impl Field for u32 {
    fn read(value: &Value<'_>, at: &Pointer<'_>) -> Result<Self, Refusal> {
        let n = i64::read(value, at)?;
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
    fn read(value: &Value<'_>, at: &Pointer<'_>) -> Result<Self, Refusal> {
        text(value, at)?
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

fn object<'a, 'b>(value: &'a Value<'b>, at: &Pointer<'_>) -> Result<&'a Object<'b>, Refusal> {
    value.as_object().ok_or_else(|| wrong_type(at, "an object", value))
}

impl<T: Field> Field for Vec<T> {
    fn read(value: &Value<'_>, at: &Pointer<'_>) -> Result<Self, Refusal> {
        let Value::Array(items) = value else { return Err(wrong_type(at, "a list", value)) };
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
    fn read(value: &Value<'_>, at: &Pointer<'_>) -> Result<Self, Refusal> {
        let entry = |(k, v): (&str, &Value<'_>)| Ok((k.to_owned(), T::read(v, &at.member(k))?));
        object(value, at)?.iter().map(entry).collect()
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
    fn read(value: &Value<'_>, at: &Pointer<'_>) -> Result<Self, Refusal> {
        Ok(object(value, at)?.iter().map(|(k, v)| (k.to_owned(), v.to_json())).collect())
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
    object: &'a Object<'a>,
    at: &'a Pointer<'a>,
    /// Names that were asked for, there or not.
    known: Vec<&'static str>,
    /// Which members were taken, a bit each; those beyond the last bit are looked up by name.
    taken: u64,
}

/// The longest name of an event or source, in characters.
const NAME_CHARS_MAX: usize = 256;

/// JSON Schema of such a name, as [`Members::name`] takes it.
pub(crate) fn name_schema() -> serde_json::Value {
    serde_json::json!({
        "type": "string", "minLength": 1, "maxLength": NAME_CHARS_MAX, "pattern": NAME_PATTERN,
    })
}

/// Any character but U+0000.
pub(crate) const NAME_PATTERN: &str = r"^[^\u0000]*$";

impl<'a> Members<'a> {
    /// The members of the object at `at`.
    ///
    /// # Errors
    /// [`Code::WrongType`] if it is no object.
    pub fn of(value: &'a Value<'a>, at: &'a Pointer<'a>) -> Result<Self, Refusal> {
        let object = object(value, at)?;
        Ok(Self { object, at, known: Vec::with_capacity(24), taken: 0 })
    }

    /// The member as it stands, taken.
    pub fn value(&mut self, name: &'static str) -> Option<&'a Value<'a>> {
        self.known.push(name);
        let index = self.object.index_of(name)?;
        self.taken |= bit(index);
        Some(self.object.at(index).1)
    }

    /// Takes a member that may be absent.
    ///
    /// # Errors
    /// What the field refuses; `null` is no blank.
    pub fn optional<T: Field>(&mut self, name: &'static str) -> Result<Option<T>, Refusal> {
        self.value(name).map(|value| T::read(value, &self.at.member(name))).transpose()
    }

    /// Takes a text that may be absent.
    ///
    /// # Errors
    /// [`Code::WrongType`].
    pub fn optional_text(&mut self, name: &'static str) -> Result<Option<&'a str>, Refusal> {
        self.value(name).map(|value| text(value, &self.at.member(name))).transpose()
    }

    /// Takes a required text.
    ///
    /// # Errors
    /// [`Code::MissingField`], [`Code::WrongType`].
    pub fn text(&mut self, name: &'static str) -> Result<&'a str, Refusal> {
        self.optional_text(name)?.ok_or_else(|| self.missing(name))
    }

    /// Takes a required name of 1 to 256 characters.
    ///
    /// # Errors
    /// [`Code::MissingField`], and as [`Members::optional_name`].
    pub fn name(&mut self, name: &'static str) -> Result<&'a str, Refusal> {
        self.optional_name(name)?.ok_or_else(|| self.missing(name))
    }

    /// Takes a name of 1 to 256 characters that may be absent.
    ///
    /// # Errors
    /// [`Code::WrongType`], [`Code::BlankField`], [`Code::TooLong`], [`Code::InvalidCharacter`].
    pub fn optional_name(&mut self, name: &'static str) -> Result<Option<&'a str>, Refusal> {
        let Some(text) = self.optional_text(name)? else { return Ok(None) };
        let at = self.at.member(name);
        if text.is_empty() {
            Err(at.refuse(Code::BlankField, "an empty text; 1 to 256 characters are taken"))
        } else if text.len() > NAME_CHARS_MAX && text.chars().count() > NAME_CHARS_MAX {
            Err(at.refuse(Code::TooLong, "more than 256 characters"))
        } else if text.contains('\0') {
            // CloudEvents 1.0 takes no control character; this one no database keeps in a text.
            Err(at.refuse(Code::InvalidCharacter, "a name without U+0000 is expected"))
        } else {
            Ok(Some(text))
        }
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
        let mut members = self.object.iter().enumerate();
        let unknown = members
            .find(|(index, (name, _))| self.taken & bit(*index) == 0 && !self.known.contains(name));
        match unknown {
            None => Ok(()),
            Some((_, (name, _))) => Err(self.at.member(name).refuse(
                Code::UnknownField,
                format!("`{name}` is not known here; known are {}", self.known.join(", ")),
            )),
        }
    }
}

/// The bit of the member at a place; 0 behind the last bit.
fn bit(index: usize) -> u64 {
    u32::try_from(index).ok().and_then(|index| 1_u64.checked_shl(index)).unwrap_or(0)
}
