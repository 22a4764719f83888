//! Random numbers that are the same on every run.

use std::fmt::Debug;

/// The generator splitmix64, with its state. It is a few lines long, and no version of a
/// dependency can change its numbers.
pub struct Random(pub u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`. It is a remainder; its bias is too small to matter here.
    pub fn below<N>(&mut self, bound: N) -> N
    where
        N: TryInto<u64, Error: Debug> + TryFrom<u64, Error: Debug>,
    {
        let bound: u64 = bound.try_into().expect("a bound fits into 64 bits");
        N::try_from(self.next() % bound).expect("a number below the bound fits its type")
    }

    /// One of the elements of `from`.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}
