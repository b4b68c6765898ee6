//! From a [`Range`] to the bytes of the first and the last key that it takes.

use std::ops::{Bound, RangeBounds as _};

use super::Range;

/// The lowest and the highest key of a range, as bytes.
pub(crate) type Bounds = (Bound<Vec<u8>>, Bound<Vec<u8>>);

/// The bounds of a range; `None` where no key can lie in it.
pub(super) fn bounds(range: &Range) -> Option<Bounds> {
    let mut prefix = vec![range.space.number()];
    if let Some(partition) = &range.partition {
        prefix.extend_from_slice(partition);
        prefix.extend_from_slice(&range.prefix);
    }
    let mut low = Bound::Included(prefix.clone());
    let mut high = after_all_of(prefix).map_or(Bound::Unbounded, Bound::Excluded);
    if let Some(after) = &range.after {
        let after = after.to_bytes();
        if range.backwards {
            if below(&after, &high) {
                high = Bound::Excluded(after);
            }
        } else if !below(&after, &low) {
            low = Bound::Excluded(after);
        }
    }
    if let Some((first, last)) = &range.within {
        let (first, last) = (first.to_bytes(), last.to_bytes());
        if (low.clone(), Bound::Unbounded).contains(&first) {
            low = Bound::Included(first);
        }
        if below(&last, &high) {
            high = Bound::Included(last);
        }
    }
    let (Bound::Included(first) | Bound::Excluded(first)) = &low else { return None };
    (range.limit > 0 && below(first, &high)).then_some((low, high))
}

/// The first key that begins with nothing of what begins with `prefix`.
fn after_all_of(mut prefix: Vec<u8>) -> Option<Vec<u8>> {
    while let Some(last) = prefix.pop() {
        if let Some(next) = last.checked_add(1) {
            prefix.push(next);
            return Some(prefix);
        }
    }
    None
}

fn below(key: &[u8], bound: &Bound<Vec<u8>>) -> bool {
    match bound {
        Bound::Included(bound) | Bound::Excluded(bound) => key < bound.as_slice(),
        Bound::Unbounded => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Key, Space};

    #[test]
    fn prefix_of_highest_bytes_has_an_end() {
        assert_eq!(after_all_of(vec![1, 255, 255]), Some(vec![2]));
        assert_eq!(after_all_of(vec![255, 255]), None);
        assert_eq!(after_all_of(vec![1, 2]), Some(vec![1, 3]));
    }

    #[test]
    fn range_that_begins_behind_its_end_is_empty() {
        let range = Range::of(Space::Head, [5; 32], []);
        assert!(bounds(&range).is_some());
        assert!(bounds(&range.clone().limit(0)).is_none());
        let behind = Key::new(Space::Head, [6; 32], []);
        assert!(bounds(&range.clone().after(Some(behind.clone()))).is_none());
        assert!(bounds(&range.clone().after(Some(behind.clone())).backwards()).is_some());
        let before = Key::new(Space::Head, [4; 32], []);
        assert!(bounds(&range.clone().after(Some(before.clone())).backwards()).is_none());
        assert_eq!(bounds(&range.clone().after(Some(before))), bounds(&range));
        assert_eq!(bounds(&range.clone().after(Some(behind)).backwards()), bounds(&range));
    }
}
