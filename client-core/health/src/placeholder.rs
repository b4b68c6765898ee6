//! Words that programs put where a title or a name belongs.

/// What a program writes where nobody has said a title or an author (python-docx, ReportLab, LaTeX and word processors): it names nothing.
pub(crate) fn is_placeholder(text: &str) -> bool {
    let plain = text.trim().trim_matches(['(', ')', '[', ']', '<', '>']).to_lowercase();
    PLACEHOLDERS.contains(&plain.as_str()) || plain.starts_with("microsoft word - ")
}

const PLACEHOLDERS: [&str; 20] = [
    "",
    "admin",
    "administrator",
    "anonymous",
    "author",
    "auteur",
    "default",
    "document",
    "none",
    "null",
    "python-docx",
    "sans titre",
    "subject",
    "title",
    "titre",
    "unknown",
    "unspecified",
    "untitled",
    "user",
    "utilisateur",
];
