//! Random numbers that are the same on every run.

use std::fmt::Debug;

/// The generator splitmix64. The field is its state: equal seeds give equal numbers. It is not
/// from a dependency, because a new version of a dependency could change the numbers.
pub struct Random(pub u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to, but not including, `bound`. It is a remainder of 64 random bits,
    /// so small bounds have no noticeable bias.
    pub fn below<N>(&mut self, bound: N) -> N
    where
        N: TryInto<u64, Error: Debug> + TryFrom<u64, Error: Debug>,
    {
        let bound: u64 = bound.try_into().expect("a bound fits into 64 bits");
        N::try_from(self.next() % bound).expect("a number below the bound fits its type")
    }

    /// A random element of `elements`.
    pub fn pick<'a, T>(&mut self, elements: &'a [T]) -> &'a T {
        &elements[self.below(elements.len())]
    }
}
