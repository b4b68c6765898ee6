//! What the machine's system says, in words of the screen's language: a person reads "there is no room left", never "os error 28".

use std::io::{Error, ErrorKind};

use rustix::io::Errno;

/// An error of the system: the text that says it (`system-…`, the rest of a sentence), and the number where there is no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SystemError {
    /// The text's id.
    pub(crate) text: &'static str,
    /// What can be done about it, as the texts tell remedies apart.
    pub(crate) remedy: &'static str,
    /// The system's number, where nothing better is known.
    pub(crate) number: Option<i32>,
}

impl From<&Error> for SystemError {
    fn from(error: &Error) -> Self {
        let number = error.raw_os_error();
        let named = number.and_then(of_number).or_else(|| of_kind(error.kind()));
        let fallback = if number.is_some() { "system-numbered" } else { "system-unnamed" };
        let text = named.unwrap_or(fallback);
        Self { text, remedy: remedy(text), number: number.filter(|_| named.is_none()) }
    }
}

impl From<&zip::result::ZipError> for SystemError {
    fn from(error: &zip::result::ZipError) -> Self {
        use zip::result::ZipError;
        let text = match error {
            ZipError::Io(error) => return error.into(),
            ZipError::UnsupportedArchive(message) if *message == ZipError::PASSWORD_REQUIRED => {
                "system-archive-password"
            }
            ZipError::UnsupportedArchive(_) => "system-archive-way",
            ZipError::InvalidPassword => "system-archive-password",
            ZipError::FileNotFound => "system-archive-absent",
            _ => "system-archive",
        };
        Self { text, remedy: "other", number: None }
    }
}

/// What the standard library has no kind for.
fn of_number(number: i32) -> Option<&'static str> {
    Some(match Errno::from_raw_os_error(number) {
        Errno::MFILE | Errno::NFILE => "system-many-files",
        Errno::LOOP => "system-loop",
        Errno::IO | Errno::NXIO | Errno::NODEV => "system-device",
        Errno::STALE | Errno::NOTCONN | Errno::HOSTDOWN => "system-gone",
        Errno::NOTSUP | Errno::NOSYS | Errno::NOTTY => "system-unsupported",
        Errno::INVAL => "system-name",
        _ => return None,
    })
}

fn of_kind(kind: ErrorKind) -> Option<&'static str> {
    Some(match kind {
        ErrorKind::NotFound => "system-absent",
        ErrorKind::PermissionDenied => "system-denied",
        ErrorKind::AlreadyExists => "system-there",
        ErrorKind::IsADirectory => "system-folder",
        ErrorKind::NotADirectory => "system-not-folder",
        ErrorKind::DirectoryNotEmpty => "system-not-empty",
        ErrorKind::ReadOnlyFilesystem => "system-read-only",
        ErrorKind::StorageFull => "system-full",
        ErrorKind::QuotaExceeded => "system-quota",
        ErrorKind::FileTooLarge => "system-too-large",
        ErrorKind::InvalidFilename | ErrorKind::InvalidInput => "system-name",
        ErrorKind::TooManyLinks => "system-links",
        ErrorKind::CrossesDevices => "system-other-disk",
        ErrorKind::ExecutableFileBusy | ErrorKind::ResourceBusy | ErrorKind::Deadlock => "system-busy",
        ErrorKind::TimedOut | ErrorKind::WouldBlock => "system-time-out",
        ErrorKind::Interrupted => "system-stopped",
        ErrorKind::UnexpectedEof | ErrorKind::WriteZero => "system-short",
        ErrorKind::OutOfMemory => "system-memory",
        ErrorKind::BrokenPipe => "system-nobody",
        ErrorKind::InvalidData => "system-form",
        ErrorKind::Unsupported | ErrorKind::NotSeekable => "system-unsupported",
        ErrorKind::StaleNetworkFileHandle => "system-gone",
        ErrorKind::ConnectionRefused
        | ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::NotConnected
        | ErrorKind::HostUnreachable
        | ErrorKind::NetworkUnreachable
        | ErrorKind::NetworkDown => "system-network",
        _ => return None,
    })
}

fn remedy(text: &str) -> &'static str {
    match text {
        "system-absent" | "system-not-folder" => "absent",
        "system-denied" | "system-read-only" => "denied",
        "system-full" | "system-quota" => "full",
        "system-folder" => "folder",
        "system-name" | "system-there" | "system-too-large" | "system-loop" => "name",
        "system-many-files" | "system-busy" | "system-memory" => "busy",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Failure;
    use crate::text::{Language, Texts};

    #[test]
    fn every_error_of_the_system_has_words_in_both_languages_and_none_of_the_systems_own() {
        for language in [Language::Fr, Language::En] {
            let texts = Texts::of(language);
            for number in 1..134 {
                let error = Error::from_raw_os_error(number);
                let (what, remedy) = Failure::file("x".as_ref(), &error).lines(&texts);
                let said = error.to_string();
                let english = said.split(" (os error").next().unwrap();
                assert!(!what.contains("os error") && !what.contains("system-"), "{number}: {what}");
                assert!(language == Language::En || !what.contains(english), "{number}: {what}");
                assert!(!remedy.is_empty(), "{number}");
            }
        }
    }

    #[test]
    fn what_a_person_meets_is_named_and_has_no_number() {
        for errno in [
            Errno::NOENT,
            Errno::ACCESS,
            Errno::PERM,
            Errno::ISDIR,
            Errno::NOTDIR,
            Errno::NOSPC,
            Errno::DQUOT,
            Errno::ROFS,
            Errno::MFILE,
            Errno::NFILE,
            Errno::TIMEDOUT,
            Errno::NAMETOOLONG,
            Errno::LOOP,
            Errno::IO,
            Errno::FBIG,
            Errno::PIPE,
            Errno::BUSY,
            Errno::NOMEM,
            Errno::STALE,
            Errno::XDEV,
            Errno::EXIST,
        ] {
            let told = SystemError::from(&Error::from(errno));
            assert_eq!(told.number, None, "{errno:?}");
        }
        let full = SystemError::from(&Error::from(Errno::NOSPC));
        assert_eq!((full.text, full.remedy), ("system-full", "full"));
    }
}
