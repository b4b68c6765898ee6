//! Text that does not hold, between marks: what a search shows of a document must not read as valid where the document itself says that it
//! was deleted, denied, cancelled, stopped or written by mistake.
//!
//! The marks are noncharacters of Unicode (U+FDD0 to U+FDEF), which no text of a document may carry: they are taken out of what is foreign.

/// Why a text does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Void {
    /// A reviser deleted it.
    Deleted,
    /// It is said not to be so.
    Denied,
    /// It was written by mistake.
    Error,
    /// It was cancelled, or taken back.
    Cancelled,
    /// It was not done, taken or given.
    NotDone,
    /// It must not be done.
    Forbidden,
    /// It was found not to be so.
    Refuted,
    /// It was refused.
    Rejected,
    /// Something else stands in its place.
    Replaced,
    /// It was stopped.
    Stopped,
    /// It is suspended.
    OnHold,
    /// It is not so any more: resolved, in remission, inactive.
    Over,
}

impl Void {
    /// All of them, in the order of their marks.
    pub const ALL: [Self; 12] = [
        Self::Deleted,
        Self::Denied,
        Self::Error,
        Self::Cancelled,
        Self::NotDone,
        Self::Forbidden,
        Self::Refuted,
        Self::Rejected,
        Self::Replaced,
        Self::Stopped,
        Self::OnHold,
        Self::Over,
    ];

    /// A stable name: `not-done`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Deleted => "deleted",
            Self::Denied => "denied",
            Self::Error => "error",
            Self::Cancelled => "cancelled",
            Self::NotDone => "not-done",
            Self::Forbidden => "forbidden",
            Self::Refuted => "refuted",
            Self::Rejected => "rejected",
            Self::Replaced => "replaced",
            Self::Stopped => "stopped",
            Self::OnHold => "on-hold",
            Self::Over => "over",
        }
    }

    /// Whether what stands within such a statement does not hold either. What is denied has a reason, which holds.
    pub(crate) fn holds_for_all_within(self) -> bool {
        matches!(self, Self::Deleted | Self::Error | Self::Cancelled)
    }

    /// The mark at which such a text begins.
    #[must_use]
    pub fn mark(self) -> char {
        char::from_u32(u32::from(FIRST).saturating_add(self as u32)).unwrap_or(FIRST)
    }

    /// The reason that a mark stands for.
    #[must_use]
    pub fn of_mark(mark: char) -> Option<Self> {
        Self::ALL.into_iter().find(|void| void.mark() == mark)
    }
}

/// Whether a character is one of those that marks are taken from.
#[must_use]
pub fn is_mark(c: char) -> bool {
    (FIRST..=END).contains(&c)
}

/// The reasons of the texts that have begun in a text and not ended, the outermost first.
#[must_use]
pub fn open_after(text: &str) -> Vec<Void> {
    let mut open = Vec::new();
    for c in text.chars().filter(|c| is_mark(*c)) {
        match Void::of_mark(c) {
            Some(void) => open.push(void),
            None => drop(open.pop()),
        }
    }
    open
}

/// A text without marks.
#[must_use]
pub fn unmarked(text: &str) -> String {
    text.chars().filter(|c| !is_mark(*c)).collect()
}

/// Gathers the text of a document, a line for each thing that it says.
#[derive(Debug, Default)]
pub(crate) struct Marked(String);

impl Marked {
    /// Takes what a document says; marks in it are none of ours.
    pub(crate) fn say(&mut self, said: &str) {
        if said.contains(is_mark) {
            self.say_marked(&unmarked(said));
        } else {
            self.say_marked(said);
        }
    }

    /// Takes a text whose marks are ours: what begins in it ends with it, wherever it was cut.
    pub(crate) fn say_marked(&mut self, said: &str) {
        if unmarked(said).trim().is_empty() {
            return;
        }
        self.0.push_str(said);
        open_after(said).iter().for_each(|_| self.0.extend([' ', END]));
        self.0.push('\n');
    }

    /// Takes what a document says of what does not hold.
    pub(crate) fn say_void(&mut self, said: &str, void: Option<Void>) {
        void.into_iter().for_each(|void| self.begin(void));
        self.say(said);
        void.into_iter().for_each(|_| self.end());
    }

    /// From here on the text does not hold, until [`end`](Self::end).
    pub(crate) fn begin(&mut self, void: Void) {
        self.0.extend([void.mark(), '\n']);
    }

    /// Ends what began last.
    pub(crate) fn end(&mut self) {
        self.0.extend([END, '\n']);
    }

    /// What was gathered so far.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn into_text(self) -> String {
        self.0
    }
}

/// Puts a text that stands in another from a place on between marks.
pub(crate) fn enclose(text: &mut String, from: usize, void: Void) {
    text.insert_str(from, &format!("{} ", void.mark()));
    text.extend([' ', END]);
}

const FIRST: char = '\u{fdd0}';
/// The mark at which a text ends that does not hold.
pub const END: char = '\u{fdef}';

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mark_of_a_stranger_is_none_and_what_is_cut_ends() {
        let mut marked = Marked::default();
        marked.say("a\u{fdd0}b\u{fdef}");
        marked.begin(Void::Error);
        marked.say("c");
        marked.end();
        marked.say_marked("\u{fdd1} d");
        assert_eq!(marked.as_str(), "ab\n\u{fdd2}\nc\n\u{fdef}\n\u{fdd1} d \u{fdef}\n");
        assert_eq!(open_after(marked.as_str()), []);
        assert_eq!(open_after("\u{fdd0} x \u{fdd2} y \u{fdef} z"), [Void::Deleted]);
        for void in Void::ALL {
            assert_eq!(Void::of_mark(void.mark()), Some(void));
        }
        assert_eq!(Void::of_mark(END), None);
    }
}
