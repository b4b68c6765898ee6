//! The file `store`: which engine's files hold the records, and in which folder beside it.
//!
//! ```text
//! format 2
//! engine redb
//! data 3
//! ```

/// What the file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreFile {
    /// The engine's name.
    pub engine: String,
    /// The number of the folder of data.
    pub number: u64,
}

/// Why it is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreFileError {
    /// Another version of Carnet made the store.
    #[error("the store has format {0}")]
    Format(u32),
    /// Not such a file.
    #[error("the file `store` cannot be read")]
    Malformed,
}

impl StoreFile {
    /// The format of the folder and of the records' bytes.
    pub const FORMAT: u32 = 2;
    /// The name of the file.
    pub const NAME: &'static str = "store";
    /// What the name of a folder of data begins with.
    pub const DATA: &'static str = "data-";
    /// The name of redb's file in the folder of data.
    pub const REDB: &'static str = "records.redb";
    /// The name of redb's table.
    pub const TABLE: &'static str = "records";

    /// Reads the file.
    ///
    /// # Errors
    /// [`StoreFileError`].
    pub fn parse(text: &str) -> Result<Self, StoreFileError> {
        let mut lines = text.lines();
        let mut field = |name: &str| {
            let line = lines.next()?;
            line.strip_prefix(name)?.strip_prefix(' ')
        };
        let format = field("format").and_then(|format| format.parse::<u32>().ok());
        let format = format.ok_or(StoreFileError::Malformed)?;
        if format != Self::FORMAT {
            return Err(StoreFileError::Format(format));
        }
        let engine = field("engine").ok_or(StoreFileError::Malformed)?.to_owned();
        let number = field("data").and_then(|number| number.parse().ok());
        Ok(Self { engine, number: number.ok_or(StoreFileError::Malformed)? })
    }

    /// The name of the folder of data.
    #[must_use]
    pub fn data(&self) -> String {
        format!("{}{}", Self::DATA, self.number)
    }
}

impl core::fmt::Display for StoreFile {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "format {}\nengine {}\ndata {}\n", Self::FORMAT, self.engine, self.number)
    }
}
