//! Which of what is known fits what was typed.

use crate::command::fold;

/// Something that may be named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    /// What is inserted.
    pub(super) name: String,
    /// What is told of it.
    pub(super) told: String,
    /// Words by which it is found too.
    pub(super) words: String,
}

/// What fits.
#[derive(Debug)]
pub(super) struct Fitting {
    pub(super) candidates: Vec<Candidate>,
    /// Whether each begins with what was typed, letter by letter.
    pub(super) begins: bool,
}

impl Fitting {
    /// Those that begin so; else those that do but for case and accents; else those that have these words, as
    /// commands find them.
    pub(super) fn of(candidates: Vec<Candidate>, typed: &str) -> Self {
        let folded = fold(typed);
        let only = |fits: &dyn Fn(&Candidate) -> bool| -> Vec<Candidate> {
            candidates.iter().filter(|one| fits(one)).cloned().collect()
        };
        let begin = only(&|one| one.name.starts_with(typed));
        if !begin.is_empty() || folded.is_empty() {
            return Self { candidates: begin, begins: true };
        }
        let like = only(&|one| fold(&one.name).starts_with(&folded));
        if !like.is_empty() {
            return Self { candidates: like, begins: false };
        }
        let has = |one: &Candidate| {
            let known = fold(&one.words);
            folded.split_whitespace().all(|word| known.contains(word))
        };
        Self { candidates: only(&has), begins: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginning_comes_before_accents_and_these_before_words() {
        let known = ["Hélène Martin", "Henri Durand", "Dr Paul Martin"].map(|name| Candidate {
            name: name.to_owned(),
            told: String::new(),
            words: name.to_owned(),
        });
        let fits = |typed: &str| {
            let fitting = Fitting::of(known.to_vec(), typed);
            let names: Vec<String> = fitting.candidates.into_iter().map(|one| one.name).collect();
            (names.join(", "), fitting.begins)
        };
        assert_eq!(fits("").0.matches(", ").count(), 2);
        assert_eq!(fits("H"), ("Hélène Martin, Henri Durand".to_owned(), true));
        assert_eq!(fits("hel"), ("Hélène Martin".to_owned(), false));
        assert_eq!(fits("He"), ("Henri Durand".to_owned(), true));
        assert_eq!(fits("martin"), ("Hélène Martin, Dr Paul Martin".to_owned(), false));
        assert_eq!(fits("nobody"), (String::new(), false));
    }
}
