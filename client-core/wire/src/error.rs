//! Stable error codes.

/// An error that has a stable code: lower-case words joined by hyphens, the same in every release.
///
/// Programs compare codes; people read the `Display` text, which may be reworded. Neither ever holds user data.
pub trait StableCode {
    /// The code, for `--json`, evidence files and tests.
    fn code(&self) -> &'static str;
}
