//! Bytes as choices: any bytes are a valid input.

/// Each byte makes one choice. After the last byte, every choice is the first option.
pub(super) struct Choices<'a>(std::slice::Iter<'a, u8>);

impl<'a> Choices<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        Self(data.iter())
    }

    /// Whether no byte is left.
    pub(super) fn are_used_up(&self) -> bool {
        self.0.as_slice().is_empty()
    }

    /// A number below `bound`. A bound above 256 makes some numbers impossible.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.0.next().map_or(0, |byte| usize::from(*byte) % bound)
    }

    pub(super) fn of<T: Copy>(&mut self, words: &[T]) -> T {
        words[self.below(words.len())]
    }
}
