//! Numbers that are JSON and that the parser beneath gives up on, since no float holds them.

/// The document with every number that is not a short integer written as `0.5`, which
/// [`Value::check`](super::Value::check) refuses just the same; `None` if there is no such number.
///
/// What is no number of the JSON grammar stays, so that a syntax error stays one.
pub(super) fn narrowed(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    let mut found = false;
    while let Some(first) = rest.first() {
        let length = match first {
            b'"' => string_length(rest),
            b'-' | b'0'..=b'9' => number_length(rest),
            _ => 1,
        };
        let (token, behind) = rest.split_at(length);
        if is_wide_number(token) {
            found = true;
            out.extend(b"0.5");
        } else {
            out.extend(token);
        }
        rest = behind;
    }
    found.then_some(out)
}

/// Length of the string that begins here, quotes included; to the end if it is not closed.
fn string_length(bytes: &[u8]) -> usize {
    let mut escaped = false;
    let close = bytes.iter().skip(1).position(|b| {
        let closes = *b == b'"' && !escaped;
        escaped = *b == b'\\' && !escaped;
        closes
    });
    close.map_or(bytes.len(), |at| at + 2)
}

fn number_length(bytes: &[u8]) -> usize {
    let of_number = |b: &u8| b.is_ascii_digit() || b"+-.eE".contains(b);
    bytes.iter().position(|b| !of_number(b)).unwrap_or(bytes.len())
}

/// The longest integer that needs no second look: fewer digits than 2^53 has.
const SHORT_DIGITS_MAX: usize = 15;

/// Whether the token is a number of the JSON grammar (RFC 8259, section 6) but no short integer.
fn is_wide_number(token: &[u8]) -> bool {
    let unsigned = token.strip_prefix(b"-").unwrap_or(token);
    let (whole, rest) = digits(unsigned);
    let whole_right = whole == 1 || (whole > 1 && unsigned[0] != b'0');
    let (fraction, rest) = match rest.split_first() {
        Some((b'.', rest)) => digits(rest),
        _ => (1, rest),
    };
    let exponent = match rest.split_first() {
        Some((b'e' | b'E', [b'+' | b'-', rest @ ..] | rest)) => digits(rest),
        _ => (1, rest),
    };
    let number = whole_right && fraction > 0 && exponent.0 > 0 && exponent.1.is_empty();
    number && (whole > SHORT_DIGITS_MAX || whole < unsigned.len())
}

/// How many digits stand first, and what follows them.
fn digits(bytes: &[u8]) -> (usize, &[u8]) {
    let count = bytes.iter().position(|b| !b.is_ascii_digit()).unwrap_or(bytes.len());
    (count, &bytes[count..])
}
