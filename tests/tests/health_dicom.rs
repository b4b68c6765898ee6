//! DICOM: what is one, however it begins, and the letters of its text.

#![cfg(test)]

use carnet_health::{Kind, recognise, recognise_prefix, searchable_text};

/// An element with an explicit representation.
fn element(tag: (u16, u16), representation: &[u8; 2], value: &[u8]) -> Vec<u8> {
    let padded = [value, if value.len() % 2 == 1 { b" " } else { b"" }].concat();
    let length = u16::try_from(padded.len()).unwrap().to_le_bytes();
    [&tag.0.to_le_bytes(), &tag.1.to_le_bytes()[..], representation, &length, &padded].concat()
}

/// The same without one.
fn implicit(tag: (u16, u16), value: &[u8]) -> Vec<u8> {
    let padded = [value, if value.len() % 2 == 1 { b" " } else { b"" }].concat();
    let length = u32::try_from(padded.len()).unwrap().to_le_bytes();
    [&tag.0.to_le_bytes(), &tag.1.to_le_bytes()[..], &length, &padded].concat()
}

fn file(preamble: &[u8], data: &[u8]) -> Vec<u8> {
    let mut bytes = preamble.to_vec();
    bytes.resize(128, 0);
    bytes.extend(b"DICM");
    bytes.extend(element((2, 0x10), b"UI", b"1.2.840.10008.1.2.1\0"));
    bytes.extend(data);
    bytes
}

fn data(charset: &[u8], name: &[u8]) -> Vec<u8> {
    [
        element((8, 5), b"CS", charset),
        element((8, 0x18), b"UI", b"1.2.3\0"),
        element((8, 0x20), b"DA", b"20240506"),
        element((0x10, 0x10), b"PN", name),
        element((0x20, 0xd), b"UI", b"1.2\0"),
    ]
    .concat()
}

fn patient(bytes: &[u8]) -> String {
    let found = recognise(bytes, None);
    assert_eq!((found.kind, found.damage), (Kind::Dicom, None));
    found.patient.and_then(|patient| patient.name).unwrap_or_default()
}

#[test]
fn mark_of_dicom_counts_before_the_header_of_a_picture_that_precedes_it() {
    for preamble in
        [&b"II*\0\x08\0\0\0"[..], b"MM\0*\0\0\0\x08", b"\xff\xd8\xff\xe0", b"%PDF-1.4", b"PK\x03\x04"]
    {
        assert_eq!(
            patient(&file(preamble, &data(b"ISO_IR 100", b"Buc^J\xe9r\xf4me"))),
            "J\u{e9}r\u{f4}me Buc"
        );
    }
}

#[test]
fn data_set_without_a_mark_is_recognised_in_both_representations() {
    let explicit = data(b"ISO_IR 100", b"Buc^J\xe9r");
    assert_eq!(patient(&explicit), "J\u{e9}r Buc");
    let bare = [
        implicit((8, 5), b"ISO_IR 100"),
        implicit((8, 0x18), b"1.2.3\0"),
        implicit((0x10, 0x10), b"Buc^J\xe9r"),
        implicit((0x20, 0xd), b"1.2\0"),
    ]
    .concat();
    assert_eq!(patient(&bare), "J\u{e9}r Buc");
    let long = [explicit, element((0x7fe0, 0x10), b"OW", &[0; 4000])].concat();
    assert_eq!(recognise_prefix(&long[..1000], None).kind, Kind::Dicom);
    for no in [&b"\x08\0\x05\0 a text"[..], b"\x08\0", b"\x02\0\0\0\x04\0\0\0\0\0\0\0"] {
        assert_ne!(recognise(no, None).kind, Kind::Dicom);
    }
}

#[test]
fn character_set_of_the_data_set_decides_and_that_of_an_item_does_not() {
    let greek = b"\xc4\xe9\xef\xed\xf5\xf3\xe9\xef\xf2";
    assert_eq!(
        patient(&file(b"", &data(b"ISO_IR 126", greek))),
        "\u{394}\u{3b9}\u{3bf}\u{3bd}\u{3c5}\u{3c3}\u{3b9}\u{3bf}\u{3c2}"
    );
    let japanese = b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B";
    let bytes = file(b"", &data(b"\\ISO 2022 IR 87", japanese));
    assert_eq!(patient(&bytes), "Tarou Yamada");
    assert!(searchable_text(&bytes, Kind::Dicom).contains("\u{5c71}\u{7530} \u{592a}\u{90ce}"));
    // Only written as it sounds in another script: that is the name then.
    let bytes = file(b"", &data(b"ISO_IR 192", "=\u{5c71}\u{7530}^\u{592a}\u{90ce}".as_bytes()));
    assert_eq!(patient(&bytes), "\u{592a}\u{90ce} \u{5c71}\u{7530}");
    let item = element((8, 5), b"CS", b"ISO_IR 126");
    let length = u32::try_from(item.len()).unwrap().to_le_bytes();
    let sequence = [
        &[8, 0, 0x40, 0x11][..],
        b"SQ\0\0\xff\xff\xff\xff\xfe\xff\0\xe0",
        &length,
        &item,
        b"\xfe\xff\xdd\xe0\0\0\0\0",
    ]
    .concat();
    let around = [
        element((8, 5), b"CS", b"ISO_IR 100"),
        element((8, 0x18), b"UI", b"1.2.3\0"),
        sequence,
        element((0x10, 0x10), b"PN", b"Buc^J\xe9r"),
    ]
    .concat();
    assert_eq!(patient(&file(b"", &around)), "J\u{e9}r Buc");
}
