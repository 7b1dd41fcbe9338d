//! Memory that holds a witness, or what is computed from one, is overwritten before it is freed.

use std::ops::{Deref, DerefMut};
use std::sync::atomic::{Ordering, compiler_fence};

/// Overwrites every item; not left out by the compiler, although nobody reads it.
pub(crate) fn wipe<T: Copy>(items: &mut [T], blank: T) {
    for item in items {
        // SAFETY: the pointer comes from a reference, so that it is valid and aligned, and nothing is dropped: `T` is `Copy`.
        unsafe { std::ptr::write_volatile(item, blank) };
    }
    compiler_fence(Ordering::SeqCst);
}

/// A list of fixed length that is wiped when it is dropped.
#[derive(Debug)]
pub(crate) struct Wiped<T: Copy> {
    items: Vec<T>,
    blank: T,
}

impl<T: Copy> Wiped<T> {
    /// The given items; `blank` takes their place in the end.
    pub(crate) fn new(items: Vec<T>, blank: T) -> Self {
        Self { items, blank }
    }
}

impl<T: Copy> Deref for Wiped<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.items
    }
}

impl<T: Copy> DerefMut for Wiped<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.items
    }
}

impl<T: Copy> Drop for Wiped<T> {
    fn drop(&mut self) {
        wipe(&mut self.items, self.blank);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_overwritten() {
        let mut items = [7u64; 20];
        wipe(&mut items, 0);
        assert_eq!(items, [0; 20]);
        let mut kept = Wiped::new(vec![1u8, 2, 3], 0);
        kept[1] = 9;
        assert_eq!(*kept, [1, 9, 3]);
    }
}
