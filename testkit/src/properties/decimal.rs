//! Whether JavaScript reads a JSON number as 1 or -1, by exact decimals.
//!
//! The library calls `f64::from_str`, and `serde_json` may round the last bit either way.
//! This module rounds nothing.

/// The digits after the point of 1 - 2^-54. This number lies half way between 1 and the
/// double before it. It rounds to 1, whose last bit is even.
const LOWEST: &str = "999999999999999944488848768742172978818416595458984375";
/// The digits of 1 + 2^-53, half way between 1 and the double after it.
const HIGHEST: &str = "100000000000000011102230246251565404236316680908203125";

/// 1 or -1 for a number literal that rounds to it.
pub(super) fn nearest_unit(literal: &str) -> Option<i8> {
    let (sign, unsigned) = match literal.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, literal),
    };
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    let digits = all.trim_start_matches('0');
    let leading_zeros = i64::try_from(all.len() - digits.len()).ok()?;
    let digits = digits.trim_end_matches('0');
    // No mantissa in memory is long enough to balance an exponent beyond i64.
    let exponent: i64 = exponent.parse().ok()?;
    // The value is 0.DIGITS times ten to the power of `point`.
    let point = i64::try_from(whole.len())
        .ok()?
        .checked_add(exponent)?
        .checked_sub(leading_zeros)?;
    // Without trailing zeros, digits compare like their texts.
    let rounds_to_one = match point {
        0 => digits >= LOWEST,
        1 => !digits.is_empty() && digits <= HIGHEST,
        _ => false,
    };
    rounds_to_one.then_some(sign)
}
