//! In which form an answer is given: what `Accept` asks for, of what there is (RFC 9110, 12.5.1).

use axum::http::{HeaderMap, header};

use crate::problem::{Problem, ServiceCode};

/// The form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// JSON, as the command line prints it.
    Json,
    /// CSV, likewise.
    Csv,
    /// One JSON object a line.
    Ndjson,
    /// Text for people, as the command line prints it on a terminal.
    Text,
}

impl Form {
    /// Its media type.
    pub(crate) const fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Csv => "text/csv; charset=utf-8",
            Self::Ndjson => "application/x-ndjson",
            Self::Text => "text/plain; charset=utf-8",
        }
    }

    fn essence(self) -> &'static str {
        let media_type = self.media_type();
        media_type.split_once(';').map_or(media_type, |(essence, _)| essence)
    }

    /// The form most wanted of those offered; of equals, the first.
    ///
    /// # Errors
    /// [`ServiceCode::NotAcceptable`].
    pub(crate) fn accepted(headers: &HeaderMap, offered: &[Self]) -> Result<Self, Problem> {
        let (mut ranges, mut silent) = (Vec::new(), true);
        for value in headers.get_all(header::ACCEPT) {
            let text = value.to_str().map_err(|_| ServiceCode::NotAcceptable)?;
            silent &= text.trim().is_empty();
            ranges.extend(text.split(',').filter_map(range));
        }
        if silent {
            ranges.push(("*/*".to_owned(), 1000));
        }
        let mut best: Option<(u16, Self)> = None;
        for form in offered {
            let quality = quality(&ranges, form.essence());
            if quality > best.map_or(0, |(quality, _)| quality) {
                best = Some((quality, *form));
            }
        }
        best.map(|(_, form)| form).ok_or_else(|| ServiceCode::NotAcceptable.into())
    }
}

/// A media range and its quality in thousandths.
fn range(text: &str) -> Option<(String, u16)> {
    let mut parts = text.split(';').map(str::trim);
    let range = parts.next().filter(|range| !range.is_empty())?.to_ascii_lowercase();
    let quality = parts.find_map(|part| part.strip_prefix("q=")).map_or(Some(1000), thousandths);
    Some((range, quality?))
}

/// `0.5` as 500.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits = decimals.len() <= 3 && decimals.bytes().all(|byte| byte.is_ascii_digit());
    match whole {
        "1" => Some(1000),
        "0" if digits => format!("{decimals:0<3}").parse().ok(),
        _ => None,
    }
}

/// The quality of a media type: that of the most specific range that it is in.
fn quality(ranges: &[(String, u16)], essence: &str) -> u16 {
    let family = essence.split('/').next().unwrap_or_default();
    let rank = |range: &str| match range.split_once('/') {
        _ if range == essence => Some(2),
        Some((of, "*")) if of == family => Some(1),
        Some(("*", "*")) => Some(0),
        _ => None,
    };
    let matching = ranges.iter().filter_map(|(range, quality)| Some((rank(range)?, *quality)));
    matching.max().map_or(0, |(_, quality)| quality)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Form; 4] = [Form::Json, Form::Csv, Form::Ndjson, Form::Text];

    fn accepted(accept: Option<&str>) -> Option<Form> {
        let mut headers = HeaderMap::new();
        if let Some(accept) = accept {
            headers.insert(header::ACCEPT, accept.parse().expect("a header"));
        }
        Form::accepted(&headers, &ALL).ok()
    }

    #[test]
    fn the_form_most_wanted_is_given() {
        for (accept, form) in [
            (None, Some(Form::Json)),
            (Some(""), Some(Form::Json)),
            (Some("*/*"), Some(Form::Json)),
            (Some("text/csv"), Some(Form::Csv)),
            (Some("text/*"), Some(Form::Csv)),
            (Some("TEXT/Plain"), Some(Form::Text)),
            (Some("text/csv;q=0.5, application/x-ndjson"), Some(Form::Ndjson)),
            (Some("application/json;q=0, */*;q=0.1"), Some(Form::Csv)),
            (Some("text/html, application/xml;q=0.9"), None),
            (Some("application/json;q=0"), None),
            (Some("application/json;q=2"), None),
        ] {
            let accept_text = accept.unwrap_or("nothing");
            assert_eq!(accepted(accept), form, "{accept_text}");
        }
    }
}
