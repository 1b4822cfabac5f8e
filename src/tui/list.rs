//! A list whose selection is an id, not a row number: rows may move, appear and go under it.

use std::collections::BTreeSet;

use super::action::Action;

/// A list's rows in order, and what the operator pointed at.
#[derive(Debug, Clone)]
pub(crate) struct List<Id> {
    /// The rows that pass the filter, in order.
    pub(crate) ids: Vec<Id>,
    /// The one pointed at.
    pub(crate) selected: Option<Id>,
    /// Its row, when it was last seen: where the selection falls if it goes.
    pub(crate) row: usize,
    /// The first visible row.
    pub(crate) offset: usize,
    /// Marked for a bulk act.
    pub(crate) marks: BTreeSet<Id>,
    /// Where a range was begun.
    pub(crate) anchor: Option<Id>,
}

impl<Id> Default for List<Id> {
    fn default() -> Self {
        Self { ids: Vec::new(), selected: None, row: 0, offset: 0, marks: BTreeSet::new(), anchor: None }
    }
}

impl<Id: Copy + Ord> List<Id> {
    /// New rows: the selection stays with its id, or falls to the row that took its place.
    pub(crate) fn replace(&mut self, ids: Vec<Id>) {
        self.ids = ids;
        let found = self.selected.and_then(|id| self.position(id));
        self.go(found.unwrap_or(self.row));
    }

    fn position(&self, id: Id) -> Option<usize> {
        if self.ids.get(self.row) == Some(&id) {
            return Some(self.row);
        }
        self.ids.iter().position(|it| *it == id)
    }

    /// Points at a row; beyond the end is the last.
    pub(crate) fn go(&mut self, row: usize) {
        self.row = row.min(self.ids.len().saturating_sub(1));
        self.selected = self.ids.get(self.row).copied();
    }

    /// Points at this id, if it is here.
    pub(crate) fn select(&mut self, id: Id) {
        self.selected = Some(id);
        if let Some(row) = self.position(id) {
            self.row = row;
        }
    }

    pub(crate) fn down(&mut self, by: usize) {
        self.go(self.row.saturating_add(by));
    }

    pub(crate) fn up(&mut self, by: usize) {
        self.go(self.row.saturating_sub(by));
    }

    /// Keeps the selection inside a window of `height` rows. The window stands still while the selection moves
    /// inside it, and goes on by half a page at its edge.
    pub(crate) fn settle(&mut self, height: usize) {
        self.offset = window(self.row, self.offset, self.ids.len(), height);
    }

    /// The rows inside the window.
    pub(crate) fn visible(&self, height: usize) -> &[Id] {
        let start = self.offset.min(self.ids.len());
        let end = (start + height).min(self.ids.len());
        &self.ids[start..end]
    }

    pub(crate) fn toggle_mark(&mut self) {
        if let Some(id) = self.selected
            && !self.marks.remove(&id)
        {
            self.marks.insert(id);
        }
    }

    /// Begins a range, or marks everything from its beginning to here.
    pub(crate) fn range(&mut self) {
        let from = self.anchor.take().and_then(|id| self.position(id));
        match from {
            None => self.anchor = self.selected,
            Some(from) => {
                let (low, high) = (from.min(self.row), from.max(self.row));
                self.marks.extend(self.ids[low..=high.min(self.ids.len().saturating_sub(1))].iter().copied());
            }
        }
    }

    /// Marks every row that passes the filter.
    pub(crate) fn mark_all(&mut self) {
        self.marks.extend(self.ids.iter().copied());
    }

    /// Forgets marks and a begun range; whether there were any.
    pub(crate) fn clear_marks(&mut self) -> bool {
        let had = !self.marks.is_empty() || self.anchor.is_some();
        self.marks.clear();
        self.anchor = None;
        had
    }

    /// What a bulk act is about: the marked, in the order of the rows, or the selected one.
    pub(crate) fn targets(&self) -> Vec<Id> {
        if self.marks.is_empty() { self.selected.into_iter().collect() } else { self.marks.iter().copied().collect() }
    }
}

/// Where a key of movement leads from `row` of `rows`.
pub(crate) fn travelled(action: Action, row: usize, rows: usize, page: usize) -> usize {
    match action {
        Action::Up => row.saturating_sub(1),
        Action::Down => row + 1,
        Action::PageUp => row.saturating_sub(page),
        Action::PageDown => row + page,
        Action::Top => 0,
        _ => usize::MAX,
    }
    .min(rows.saturating_sub(1))
}

/// The first visible row of a window of `height`, so that `row` of `total` is inside.
pub(crate) fn window(row: usize, offset: usize, total: usize, height: usize) -> usize {
    let height = height.max(1);
    let half = height / 2;
    let offset = if row < offset {
        row.saturating_sub(half.min(height - 1))
    } else if row >= offset + height {
        (row + 1 + half).saturating_sub(height)
    } else {
        offset
    };
    offset.min(total.saturating_sub(height))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(ids: impl IntoIterator<Item = u32>) -> List<u32> {
        let mut list = List::default();
        list.replace(ids.into_iter().collect());
        list
    }

    #[test]
    fn the_selection_stays_with_its_id_when_rows_move() {
        let mut list = list([1, 2, 3]);
        list.go(1);
        list.replace(vec![9, 8, 3, 1, 2]);
        assert_eq!((list.selected, list.row), (Some(2), 4));
    }

    #[test]
    fn the_selection_falls_to_the_next_row_when_its_own_goes() {
        let mut list = list([1, 2, 3]);
        list.go(1);
        list.replace(vec![1, 3]);
        assert_eq!(list.selected, Some(3));
        list.replace(vec![1]);
        assert_eq!(list.selected, Some(1));
        list.replace(vec![]);
        assert_eq!(list.selected, None);
    }

    #[test]
    fn the_window_stands_still_until_the_edge() {
        let mut list = list(0..100);
        for row in 0..10 {
            list.go(row);
            list.settle(10);
            assert_eq!(list.offset, 0);
        }
        list.go(10);
        list.settle(10);
        assert_eq!(list.offset, 6);
        assert!(list.visible(10).contains(&10));
        list.go(99);
        list.settle(10);
        assert_eq!(list.offset, 90);
    }

    #[test]
    fn a_range_marks_both_ends_and_survives_moving_rows() {
        let mut list = list([1, 2, 3, 4]);
        list.go(1);
        list.range();
        list.replace(vec![0, 1, 2, 3, 4]);
        list.go(3);
        list.range();
        assert_eq!(list.targets(), [2, 3]);
        assert!(list.clear_marks());
        assert_eq!(list.targets(), [3]);
    }
}
