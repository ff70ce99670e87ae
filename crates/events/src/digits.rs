//! Decimal digits of fixed width, as dates and instants have them.

/// Fills `out` with the last digits of a number, leading zeros included.
pub(crate) fn put(out: &mut [u8], mut n: u32) {
    for digit in out.iter_mut().rev() {
        *digit = b'0' + u8::try_from(n % 10).expect("below ten");
        n /= 10;
    }
}
