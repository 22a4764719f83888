//! Bytes as choices, so that any bytes are an input that means something.

/// Bytes, each of which chooses; when they are used up, always the first.
pub(super) struct Choices<'a>(std::slice::Iter<'a, u8>);

impl<'a> Choices<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        Self(data.iter())
    }

    /// Whether there is nothing left to choose by.
    pub(super) fn are_used_up(&self) -> bool {
        self.0.as_slice().is_empty()
    }

    /// Less than `bound`, which is at most 256 for every choice to be possible.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.0.next().map_or(0, |byte| usize::from(*byte) % bound)
    }

    pub(super) fn of<T: Copy>(&mut self, words: &[T]) -> T {
        words[self.below(words.len())]
    }
}
