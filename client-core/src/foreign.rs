//! Files of other age programs, read and written as streams.
//!
//! Binary files for an X25519 or a hybrid identity are read by Carnet's own strict parsers. The `age` crate does the rest,
//! after our own limits: it takes armor off, and it opens what a passphrase sealed, once our parser has seen that the header is
//! one small stanza with a bearable work factor.
//!
//! What a foreign file says is authentic to whoever wrote it: anyone may have.

use std::io::{self, BufReader, Cursor, Read, Write};

use age::secrecy::SecretString;
use carnet_wire::StableCode;
use carnet_wire::header::{Header, HeaderError, HeaderScanner, Limits, decode_argument};

use crate::header::{SCRYPT, make_header, open_header};
use crate::identity::Identity;
use crate::recipient::Recipients;
use crate::stream::open::OpenPayloadError;
use crate::stream::read::PayloadReader;
use crate::stream::seal::seal_stream;
use crate::stream::sealed::{Padding, PayloadSealer, SealError, SealedPayload};
use crate::wrap_error::{UnwrapError, WrapError};

/// Opens a binary age file for the first of `identities` that it has a stanza for, and gives its plaintext as a stream.
///
/// The header may have 64 KiB and 128 stanzas. Errors of the payload come out of the stream, after the authentic chunks
/// before them; [`payload_error`] tells them.
///
/// # Errors
/// [`ForeignError`].
pub fn open<R: Read>(
    mut file: R,
    identities: &[Identity],
) -> Result<PayloadReader<impl Read + use<R>>, ForeignError> {
    let start = FileStart::read(&mut file, Limits::FOREIGN)?;
    let file_key = open_header(&start.header()?, identities)?;
    PayloadReader::new(&file_key, start.into_payload(file)).map_err(ForeignError::from_io)
}

/// Opens a binary age file that a passphrase sealed, and gives its plaintext as a stream.
///
/// `max_work_factor` is the base-two logarithm of the most scrypt rounds that the caller accepts to wait for: 18 is what age
/// writes (a second and 256 MiB); each more doubles both.
///
/// # Errors
/// [`ForeignError`].
pub fn open_with_passphrase<R: Read>(
    mut file: R,
    passphrase: SecretString,
    max_work_factor: u8,
) -> Result<impl Read + use<R>, ForeignError> {
    let start = FileStart::read(&mut file, Limits::FOREIGN)?;
    let work_factor = scrypt_work_factor(&start.header()?)?;
    if work_factor > max_work_factor {
        return Err(ForeignError::WorkFactor { wanted: work_factor, max: max_work_factor });
    }
    let decryptor = age::Decryptor::new(Cursor::new(start.bytes).chain(file))?;
    let mut identity = age::scrypt::Identity::new(passphrase);
    identity.set_max_work_factor(max_work_factor);
    Ok(decryptor.decrypt(core::iter::once(&identity as &dyn age::Identity))?)
}

/// Takes the armor off an armored age file of at most `max_bytes`, for [`open`] or [`open_with_passphrase`].
///
/// Errors come out of the stream; [`open`] gives them as [`ForeignError::Armor`], [`is_armor_error`] knows them later on.
pub fn dearmor<R: Read>(file: R, max_bytes: u64) -> impl Read + use<R> {
    let input = ArmoredInput { file: BufReader::new(file), left: max_bytes, column: 0, beginning: None };
    Dearmored(age::armor::ArmoredReader::new(input))
}

/// Whether a file begins as an armored one does, white space aside. The first 64 bytes are enough.
#[must_use]
pub fn is_armored(beginning: &[u8]) -> bool {
    beginning.trim_ascii_start().starts_with(ARMOR_BEGIN)
}

/// Writes a standard age file, unpadded, under a file key made for it and used for nothing else.
///
/// # Errors
/// [`ExportError`]; what was written is then of no use.
pub fn export<R: Read + Send, W: Write + Send>(
    content: R,
    mut file: W,
    readers: &Recipients,
) -> Result<SealedPayload, ExportError> {
    let (file_key, sealer) = PayloadSealer::make().map_err(WrapError::from)?;
    let header = make_header(&file_key, readers)?;
    drop(file_key);
    file.write_all(header.as_bytes()).map_err(SealError::Write)?;
    Ok(seal_stream(sealer, content, file, Padding::None)?)
}

/// The payload's error inside an error of a plaintext stream, if it is one.
#[must_use]
pub fn payload_error(error: &io::Error) -> Option<OpenPayloadError> {
    error.get_ref()?.downcast_ref().copied()
}

/// Whether an error of a plaintext stream is one of the armor around it.
#[must_use]
pub fn is_armor_error(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<ArmorError>())
}

/// The stable code of an error of a plaintext stream, whichever reader gave it.
#[must_use]
pub fn stream_code(error: &io::Error) -> &'static str {
    match payload_error(error) {
        Some(error) => error.code(),
        None if is_armor_error(error) => ForeignError::Armor.code(),
        None if error.kind() == io::ErrorKind::InvalidData => "foreign-payload",
        None => "foreign-read",
    }
}

/// Why a foreign file does not open.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ForeignError {
    /// The armor is malformed, or the file is longer than allowed.
    #[error("the armor is malformed")]
    Armor,
    /// The `age` crate refuses the file.
    #[error("the file does not open")]
    Age(#[source] age::DecryptError),
    /// The header is malformed.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// The file ends before the payload's nonce does.
    #[error("the payload's nonce is missing")]
    Nonce,
    /// The file could not be read.
    #[error("the file could not be read")]
    Read(#[source] io::Error),
    /// The file key does not come out.
    #[error(transparent)]
    Unwrap(#[from] UnwrapError),
    /// The passphrase would take too long to test.
    #[error("the work factor is {wanted}, more than the {max} accepted")]
    WorkFactor {
        /// What the file asks for, as a base-two logarithm.
        wanted: u8,
        /// What the caller accepts.
        max: u8,
    },
}

impl ForeignError {
    fn from_io(error: io::Error) -> Self {
        match payload_error(&error) {
            Some(_) => Self::Nonce,
            None if is_armor_error(&error) => Self::Armor,
            None => Self::Read(error),
        }
    }
}

impl From<age::DecryptError> for ForeignError {
    fn from(error: age::DecryptError) -> Self {
        match error {
            age::DecryptError::Io(error) => Self::from_io(error),
            error => Self::Age(error),
        }
    }
}

impl StableCode for ForeignError {
    fn code(&self) -> &'static str {
        match self {
            Self::Armor => "foreign-armor",
            // One word for one reason, whoever found it.
            Self::Age(age::DecryptError::InvalidHeader) => "foreign-header",
            Self::Age(age::DecryptError::InvalidMac) => UnwrapError::Mac.code(),
            Self::Age(
                age::DecryptError::NoMatchingKeys
                | age::DecryptError::KeyDecryptionFailed
                | age::DecryptError::DecryptionFailed,
            ) => UnwrapError::NoMatch.code(),
            Self::Age(_) => "foreign-age",
            Self::Header(error) => error.code(),
            Self::Nonce => "foreign-nonce",
            Self::Read(_) => "foreign-read",
            Self::Unwrap(error) => error.code(),
            Self::WorkFactor { .. } => "foreign-work-factor",
        }
    }
}

/// Why no file was written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The content could not be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The file key could not be wrapped.
    #[error(transparent)]
    Wrap(#[from] WrapError),
}

impl StableCode for ExportError {
    fn code(&self) -> &'static str {
        match self {
            Self::Seal(error) => error.code(),
            Self::Wrap(error) => error.code(),
        }
    }
}

/// The header of a file and the few bytes read behind it.
struct FileStart {
    bytes: Vec<u8>,
    header_len: usize,
    limits: Limits,
}

impl FileStart {
    /// Reads up to the end of the header, at most 1 KiB beyond it.
    fn read(file: &mut impl Read, limits: Limits) -> Result<Self, ForeignError> {
        let mut bytes = Vec::new();
        let mut scanner = HeaderScanner::new(limits.max_bytes);
        loop {
            let before = bytes.len();
            file.take(1024).read_to_end(&mut bytes).map_err(ForeignError::from_io)?;
            let more = bytes.get(before..).unwrap_or_default();
            if let Some(header_len) = scanner.scan(more)? {
                return Ok(Self { bytes, header_len, limits });
            }
            if more.is_empty() {
                // The parser says what is wrong with it, if it is not its end.
                Header::parse(&bytes, limits)?;
                return Err(HeaderError::Truncated.into());
            }
        }
    }

    fn header(&self) -> Result<Header<'_>, HeaderError> {
        Header::parse(&self.bytes, self.limits)
    }

    fn into_payload<R: Read>(self, rest: R) -> impl Read + use<R> {
        let mut read = Cursor::new(self.bytes);
        read.set_position(self.header_len as u64);
        read.chain(rest)
    }
}

/// The work factor of a header that is one well-formed scrypt stanza.
fn scrypt_work_factor(header: &Header<'_>) -> Result<u8, UnwrapError> {
    if !header.stanzas().iter().any(|stanza| stanza.tag() == SCRYPT) {
        return Err(UnwrapError::NoMatch);
    }
    let [stanza] = header.stanzas() else { return Err(UnwrapError::ScryptNotAlone) };
    let mut arguments = stanza.arguments();
    let (salt, work_factor) = (arguments.next(), arguments.next());
    if arguments.next().is_some() || stanza.body::<32>().is_none() {
        return Err(UnwrapError::Stanza);
    }
    salt.and_then(decode_argument::<16>).ok_or(UnwrapError::Stanza)?;
    let digits = work_factor.and_then(|text| core::str::from_utf8(text).ok()).ok_or(UnwrapError::Stanza)?;
    let well_formed = !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| well_formed).ok_or(UnwrapError::Stanza)
}

/// What the `age` crate says of bad armor, told apart from errors of the file itself.
struct Dearmored<R: Read>(age::armor::ArmoredReader<BufReader<ArmoredInput<R>>>);

impl<R: Read> Read for Dearmored<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.0.read(out).map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => bad_armor(),
            _ => error,
        })
    }
}

/// An armored file as the `age` crate gets it: without white space before, since the crate allows none; beginning as armor
/// does, since the crate would pass a binary file through; and with lines and a whole that end, since it has no limit.
struct ArmoredInput<R> {
    file: BufReader<R>,
    left: u64,
    column: usize,
    beginning: Option<Vec<u8>>,
}

impl<R: Read> ArmoredInput<R> {
    /// Skips the white space and takes the first marker.
    fn begin(&mut self) -> io::Result<()> {
        let mut marker = Vec::with_capacity(ARMOR_BEGIN.len());
        for byte in self.file.by_ref().bytes().take(MAX_SPACE + ARMOR_BEGIN.len()) {
            let byte = byte?;
            if !(marker.is_empty() && byte.is_ascii_whitespace()) {
                marker.push(byte);
            }
            if marker.len() == ARMOR_BEGIN.len() {
                break;
            }
        }
        if marker != ARMOR_BEGIN {
            return Err(bad_armor());
        }
        self.column = marker.len();
        self.beginning = Some(marker);
        Ok(())
    }
}

impl<R: Read> Read for ArmoredInput<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.beginning.is_none() {
            self.begin()?;
        }
        if let Some(beginning) = self.beginning.as_mut().filter(|beginning| !beginning.is_empty()) {
            let len = beginning.as_slice().read(out)?;
            beginning.drain(..len);
            return Ok(len);
        }
        let len = self.file.read(out)?;
        for byte in out.get(..len).unwrap_or_default() {
            self.column = if *byte == b'\n' { 0 } else { self.column + 1 };
            self.left = self.left.checked_sub(1).ok_or_else(bad_armor)?;
            if self.column > MAX_LINE {
                return Err(bad_armor());
            }
        }
        Ok(len)
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the armor is malformed")]
struct ArmorError;

fn bad_armor() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, ArmorError)
}

/// White space allowed before armor, and length of a line, in bytes: far more than any program writes.
const MAX_SPACE: usize = 1024;
const MAX_LINE: usize = 1024;
const ARMOR_BEGIN: &[u8] = b"-----BEGIN AGE ENCRYPTED FILE-----";
