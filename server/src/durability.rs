//! What happens when the system will not make bytes last: the process ends. After a failed `fsync` the page cache says that all is
//! well while the disk may hold something else, so nothing that follows could be believed; a restart reads what the disk holds.

/// Ends the process, after naming what failed in the log.
pub fn lost(what: &'static str, error: &dyn std::fmt::Display) -> ! {
    tracing::error!(code = "durability-lost", what, %error, "the system does not make bytes last: stopping");
    std::process::abort()
}
