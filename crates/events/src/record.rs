//! The declaration of event types and code lists, from which decoder, encoder and schema follow.

use crate::{Field, Pointer, Refusal, Subject};

/// The `data` of one event type.
pub trait Record: Field {
    /// Judges what depends on the stream the event is on; the family is checked elsewhere.
    ///
    /// # Errors
    /// A [`Refusal`] with a pointer below `at`.
    fn check(&self, _stream: &Subject, _at: &Pointer<'_>) -> Result<(), Refusal> {
        Ok(())
    }
}

/// Declares the `data` of event types: documented fields; `Option` may be absent. Every type also
/// takes `raw`, an object of strings with the source's own field values, uninterpreted.
macro_rules! records {
    ($($(#[doc = $doc:literal])* $name:ident { $($(#[doc = $fdoc:literal])* $field:ident: $ty:ty,)* })*) => {$(
        $(#[doc = $doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name {
            $($(#[doc = $fdoc])* pub $field: $ty,)*
            /// The source's own field values and code-set version, uninterpreted.
            pub raw: Option<std::collections::BTreeMap<String, String>>,
        }

        impl $crate::Field for $name {
            fn read(value: &$crate::Value<'_>, at: &$crate::Pointer<'_>) -> Result<Self, $crate::Refusal> {
                let mut members = $crate::Members::of(value, at)?;
                let record = Self {
                    $($field: $crate::Slot::take(&mut members, stringify!($field))?,)*
                    raw: $crate::Slot::take(&mut members, "raw")?,
                };
                members.finish()?;
                Ok(record)
            }

            fn write(&self) -> $crate::Json {
                let members = [
                    $((stringify!($field), $crate::Slot::give(&self.$field)),)*
                    ("raw", $crate::Slot::give(&self.raw)),
                ];
                $crate::Json::object(members.into_iter().filter_map(|(k, v)| Some((k, v?))))
            }

            fn schema() -> serde_json::Value {
                $crate::schema::object(
                    concat!($($doc, "\n"),*),
                    &[
                        $($crate::schema::Member {
                            name: stringify!($field),
                            description: concat!($($fdoc, "\n"),*),
                            required: <$ty as $crate::Slot>::REQUIRED,
                            schema: <$ty as $crate::Slot>::schema(),
                        },)*
                        $crate::schema::Member {
                            name: "raw",
                            description: "The source's own field values, uninterpreted.",
                            required: false,
                            schema: <std::collections::BTreeMap<String, String> as $crate::Field>::schema(),
                        },
                    ],
                )
            }
        }
    )*};
}

/// Declares a list of codes.
macro_rules! codes {
    ($($(#[doc = $doc:literal])* $name:ident { $($(#[doc = $vdoc:literal])* $variant:ident = $code:literal,)* })*) => {$(
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[doc = $vdoc])* $variant,)*
        }

        impl $name {
            /// Every code, in order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The code as it is written.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)*
                }
            }

            /// The value written so.
            #[must_use]
            pub fn from_code(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|v| v.code() == code)
            }
        }

        impl $crate::Field for $name {
            fn read(value: &$crate::Value<'_>, at: &$crate::Pointer<'_>) -> Result<Self, $crate::Refusal> {
                let text = $crate::field::text(value, at)?;
                Self::from_code(text).ok_or_else(|| $crate::record::unknown_code(at, text, &[$($code,)*]))
            }

            fn write(&self) -> $crate::Json {
                self.code().into()
            }

            fn schema() -> serde_json::Value {
                serde_json::json!({ "enum": [$($code,)*] })
            }
        }
    )*};
}

pub(crate) use {codes, records};

/// The refusal of a code outside its list.
pub(crate) fn unknown_code(at: &Pointer<'_>, found: &str, known: &[&str]) -> Refusal {
    at.refuse(crate::Code::UnknownCode, format!("`{found}` is none of {}", known.join(", ")))
}
