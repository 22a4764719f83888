//! Unicode simple case folding, the rule by which a text matches a name (SPEC §2, Text).
//!
//! Two scalars are equal if [`fold`] maps them to the same scalar. The rule is
//! `CaseFolding.txt` of Unicode 15.0, status C and S, which PCRE2 applies in caseless UTF
//! mode, and with it MongoDB 6.1 and later. The Unicode version is fixed: the folding of
//! `std` and `regex` follows each new Unicode version, which would change answers.
//!
//! [`RANGES`] is a sorted static table of 209 ranges, 16 bytes each, that covers every
//! scalar outside ASCII that does not fold to itself. [`fold`] searches it in O(log 209).
//! `tests/folding.rs` generates the table from `tests/data/caseless_classes.txt`, the
//! classes of equal scalars as measured with PCRE2, and checks that it is current.

mod table;

use table::RANGES;

/// `(first, last, stride, delta)`: the scalars `first`, `first + stride`, … `last`. Each folds to the
/// scalar that is `delta` away.
type Range = (u32, u32, u32, i32);

/// The representative of all scalars that are equal to `scalar`: the lower-case ASCII letter among
/// them, or else the smallest of them. So folding never makes a string longer, and only two scalars
/// outside ASCII fold to ASCII: the Kelvin sign to `k` and the long s to `s`.
pub(crate) fn fold(scalar: char) -> char {
    if scalar.is_ascii() {
        return scalar.to_ascii_lowercase();
    }
    let code = u32::from(scalar);
    let at = RANGES.partition_point(|(_, last, ..)| *last < code);
    match RANGES.get(at) {
        Some((first, _, stride, delta)) if code >= *first && (code - first) % stride == 0 => {
            let folded = code.checked_add_signed(*delta);
            folded.and_then(char::from_u32).unwrap_or(scalar)
        }
        _ => scalar,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    #[cfg_attr(miri, ignore = "too slow under Miri")]
    fn every_scalar_folds_to_its_measured_representative() {
        let mut expected = HashMap::new();
        let classes = include_str!("../tests/data/caseless_classes.txt");
        for class in classes.lines().filter(|line| !line.starts_with('#')) {
            let scalar = |hex| char::from_u32(u32::from_str_radix(hex, 16).unwrap()).unwrap();
            let class: Vec<char> = class.split(' ').map(scalar).collect();
            let lower = class.iter().find(|c| c.is_ascii_lowercase());
            let to = *lower.unwrap_or_else(|| class.iter().min().unwrap());
            expected.extend(class.into_iter().map(|from| (from, to)));
        }
        for scalar in '\0'..=char::MAX {
            let to = expected.get(&scalar).copied().unwrap_or(scalar);
            assert_eq!(fold(scalar), to, "{scalar:?}");
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "too slow under Miri")]
    fn ranges_are_sorted_and_fold_to_scalars_that_fold_to_themselves() {
        let mut previous = 0x7F;
        for &(first, last, stride, _) in &RANGES {
            assert!(first > previous && last >= first);
            assert!(stride >= 1 && (last - first) % stride == 0);
            for code in (first..=last).step_by(stride as usize) {
                let scalar = char::from_u32(code).unwrap();
                let folded = fold(scalar);
                assert_ne!(folded, scalar);
                assert_eq!(fold(folded), folded);
                assert!(folded.len_utf8() <= scalar.len_utf8());
            }
            previous = last;
        }
    }
}
