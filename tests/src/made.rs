//! Files made for tests, byte by byte, by nobody's library.

#![allow(clippy::expect_used, reason = "a stage prop that fails fails its test")]

/// A PDF of these objects, numbered from 1; the first is the catalogue. Readers find them without a table.
#[must_use]
pub fn pdf(objects: &[&[u8]]) -> Vec<u8> {
    let mut bytes = b"%PDF-1.7\n".to_vec();
    for (index, object) in objects.iter().enumerate() {
        bytes.extend(format!("{} 0 obj\n", index + 1).bytes());
        bytes.extend(*object);
        bytes.extend(b"\nendobj\n");
    }
    bytes.extend(format!("trailer\n<</Root 1 0 R/Size {}>>\n%%EOF\n", objects.len() + 1).bytes());
    bytes
}

/// A stream with these entries in its dictionary.
#[must_use]
pub fn stream(entries: &str, content: &[u8]) -> Vec<u8> {
    let head = format!("<<{entries}/Length {}>>\nstream\n", content.len());
    [head.as_bytes(), content, b"\nendstream"].concat()
}

/// A file in an archive.
#[derive(Debug, Clone)]
pub struct Packed<'a> {
    /// Its name, in whatever encoding.
    pub name: &'a [u8],
    /// Its bytes.
    pub content: &'a [u8],
    /// Whether it says that a password closes it.
    pub locked: bool,
}

/// A zip archive (PKWARE APPNOTE) of files that are stored as they are.
#[must_use]
pub fn zip(files: &[Packed<'_>]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    let short = |number: usize| u16::try_from(number).expect("a short length").to_le_bytes();
    let long = |number: usize| u32::try_from(number).expect("a length").to_le_bytes();
    for file in files {
        let at = long(bytes.len());
        let mut crc = flate2::Crc::new();
        crc.update(file.content);
        let about = [
            &[20, 0, u8::from(file.locked), 0, 0, 0, 0, 0, 0x21, 0x58][..],
            &crc.sum().to_le_bytes(),
            &long(file.content.len()),
            &long(file.content.len()),
            &short(file.name.len()),
            &[0, 0],
        ]
        .concat();
        bytes.extend([b"PK\x03\x04", &about[..], file.name, file.content].concat());
        directory.extend([b"PK\x01\x02\x14\0", &about[..], &[0; 10], &at, file.name].concat());
    }
    let (start, count) = (long(bytes.len()), short(files.len()));
    let end = [b"PK\x05\x06\0\0\0\0", &count[..], &count, &long(directory.len()), &start, &[0, 0]].concat();
    bytes.extend(directory);
    bytes.extend(end);
    bytes
}

/// The same of files without a password.
#[must_use]
pub fn zip_of(files: &[(&str, &str)]) -> Vec<u8> {
    let files: Vec<Packed<'_>> = files
        .iter()
        .map(|(name, content)| Packed { name: name.as_bytes(), content: content.as_bytes(), locked: false })
        .collect();
    zip(&files)
}
