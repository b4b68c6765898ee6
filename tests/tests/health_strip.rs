//! Photographs lose what does not show on them; `kamadak-exif` and a search through the bytes judge.

#![cfg(test)]

use std::fs;
use std::io::Cursor;

use carnet_health::{Kind, Removed, StripError, recognise, strip_metadata};
use carnet_tests::need;

#[test]
fn place_or_camera_that_remains_in_a_cleaned_photograph() {
    let Some(folder) = need::shared("images") else { return };
    let mut cleaned = 0;
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        let bytes = fs::read(&entry).unwrap();
        let name = entry.display();
        if recognise(&bytes, None).kind != Kind::Jpeg {
            continue;
        }
        let stripped = match strip_metadata(&bytes) {
            Ok(stripped) => stripped,
            Err(error) => {
                assert_eq!(error, StripError::Broken, "{name}");
                continue;
            }
        };
        cleaned += 1;
        let before = fields(&bytes);
        let after = fields(&stripped.bytes);
        assert!(after.iter().all(|(tag, _)| tag == "Orientation"), "{name}: {after:?}");
        for (tag, value) in before.iter().filter(|(tag, _)| ["Make", "Model"].contains(&tag.as_str())) {
            let value = value.as_bytes();
            assert!(!stripped.bytes.windows(value.len()).any(|window| window == value), "{name}: {tag}");
        }
        let gps = before.iter().any(|(tag, _)| tag.starts_with("GPS"));
        assert_eq!(stripped.removed.contains(&Removed::Gps), gps, "{name}");
        assert_eq!(stripped.removed.contains(&Removed::Exif), !before.is_empty(), "{name}");
        assert_eq!(scans(&stripped.bytes), scans(&bytes), "{name}: pixels");
        assert_eq!(recognise(&stripped.bytes, None).damage, None, "{name}");
        let again = strip_metadata(&stripped.bytes).unwrap();
        assert_eq!(again.bytes, stripped.bytes, "{name}: cleaned twice");
    }
    assert!(cleaned >= 5, "{cleaned}");
}

#[test]
fn second_picture_after_the_first_does_not_stay() {
    let Some(folder) = need::shared("images") else { return };
    let photo = fs::read(folder.join("DSCN0010.jpg")).unwrap();
    let two = [photo.clone(), photo.clone()].concat();
    let stripped = strip_metadata(&two).unwrap();
    assert!(stripped.removed.contains(&Removed::Trailer));
    assert_eq!(stripped.bytes, strip_metadata(&photo).unwrap().bytes);
}

#[test]
fn format_that_cannot_be_cleaned_is_named_and_never_passed() {
    for (bytes, kind) in [(&b"%PDF-1.7"[..], Kind::Pdf), (b"II*\0\x08\0\0\0\0\0", Kind::Tiff)] {
        assert_eq!(strip_metadata(bytes), Err(StripError::Unsupported(kind)));
    }
    assert_eq!(strip_metadata(b"Bonjour"), Err(StripError::NotAnImage));
    assert_eq!(strip_metadata(b"\xff\xd8\xff\xe0\0"), Err(StripError::Broken));
}

#[test]
fn jpeg_keeps_tables_profile_and_pixels_whatever_a_maker_put_beside_them() {
    let segment = |marker: u8, body: &[u8]| {
        let length = u16::try_from(body.len() + 2).unwrap().to_be_bytes();
        [&[0xff, marker], &length[..], body].concat()
    };
    let frame = segment(0xc0, &[8, 0, 1, 0, 1, 1, 1, 0x11, 0]);
    let scan = [segment(0xda, &[1, 1, 0, 0, 63, 0]), b"\x12\xff\0\x34\xff\xd0\x56".to_vec()].concat();
    let tables = [segment(0xdb, &[0; 65]), segment(0xc4, &[0; 17])].concat();
    let profile = segment(0xe2, b"ICC_PROFILE\0\x01\x01profile");
    let photo =
        |beside: &[u8], end: &[u8]| [b"\xff\xd8", &profile[..], beside, &tables, &frame, &scan, end].concat();
    let cleaned = photo(b"", b"\xff\xd9");
    assert_eq!(strip_metadata(&cleaned).unwrap().bytes, cleaned);
    let artist =
        [b"Exif\0\0II*\0\x08\0\0\0\x01\0\x3b\x01\x02\0\x06\0\0\0\x1a\0\0\0\0\0\0\0".as_slice(), b"Secret\0"]
            .concat();
    for (beside, removed) in [
        (segment(0xe1, &artist), Removed::Exif),
        (segment(0xe1, b"Exif\0\0nothing that parses: Secret"), Removed::Exif),
        (segment(0xe1, b"http://ns.adobe.com/xap/1.0/\0<Iptc4xmpExt:City>Secret"), Removed::Xmp),
        (segment(0xe1, b"http://ns.adobe.com/xmp/extension/\0Secret"), Removed::Xmp),
        (segment(0xed, b"Photoshop 3.0\08BIMSecret"), Removed::Iptc),
        (segment(0xfe, b"Secret"), Removed::Comment),
        (segment(0xe2, b"MPF\0Secret"), Removed::Application),
        (segment(0xeb, b"JPSecret"), Removed::Application),
        (b"Secret between the segments".to_vec(), Removed::Application),
    ] {
        let stripped = strip_metadata(&photo(&beside, b"\xff\xd9")).unwrap();
        assert_eq!((stripped.bytes, stripped.removed), (cleaned.clone(), [removed].into()), "{beside:?}");
    }
    let film = strip_metadata(&photo(b"", b"\xff\xd9ftypmp42Secret")).unwrap();
    assert_eq!((film.bytes, film.removed), (cleaned.clone(), [Removed::Trailer].into()));
    let cut = strip_metadata(&photo(&segment(0xfe, b"Secret"), b"")).unwrap();
    assert_eq!(cut.bytes, photo(b"", b""), "one that was cut short keeps the pixels that are there");
    let thumbnail = segment(0xe0, &[b"JFIF\0\x01\x02\x01\0\x48\0\x48\x01\x01".as_slice(), b"Sec"].concat());
    let adobe = segment(0xee, &[b"Adobe\0\x64\0\0\0\0\x01".as_slice(), b"Secret"].concat());
    let stripped = strip_metadata(&photo(&[thumbnail, adobe].concat(), b"\xff\xd9")).unwrap();
    let density = segment(0xe0, b"JFIF\0\x01\x02\x01\0\x48\0\x48\0\0");
    let transform = segment(0xee, b"Adobe\0\x64\0\0\0\0\x01");
    assert_eq!(stripped.bytes, photo(&[density, transform].concat(), b"\xff\xd9"));
}

#[test]
fn photograph_of_a_telephone_keeps_its_pixels_at_their_place_and_loses_the_rest() {
    let part = |name: &[u8; 4], body: &[u8]| {
        [&u32::try_from(body.len() + 8).unwrap().to_be_bytes()[..], name, body].concat()
    };
    let item =
        |id: u8, kind: &[u8; 4]| part(b"infe", &[&[2, 0, 0, 0, 0, id, 0, 0][..], kind, b"\0"].concat());
    let brand = part(b"ftyp", b"heic\0\0\0\0mif1heic");
    let exif = b"\0\0\0\0MM\0*\0\0\0\x08\0\x01\x88\x25\0\x04\0\0\0\x01Secret".as_slice();
    let photo = |start: usize, exif: &[u8], xmp: &[u8]| {
        let information = part(
            b"iinf",
            &[&[0, 0, 0, 0, 0, 3][..], &item(1, b"hvc1"), &item(2, b"Exif"), &item(3, b"mime")].concat(),
        );
        let place = |id: u8, at: usize, length: usize| {
            let (at, length) =
                (u32::try_from(at).unwrap().to_be_bytes(), u32::try_from(length).unwrap().to_be_bytes());
            [&[0, id, 0, 0, 0, 1][..], &at, &length].concat()
        };
        let locations = part(
            b"iloc",
            &[
                &[0, 0, 0, 0, 0x44, 0, 0, 3][..],
                &place(1, start, 6),
                &place(2, start + 6, exif.len()),
                &place(3, start + 6 + exif.len(), xmp.len()),
            ]
            .concat(),
        );
        let meta = part(b"meta", &[&[0; 4][..], &information, &locations].concat());
        let data = part(b"mdat", &[b"pixels", exif, xmp].concat());
        ([brand.clone(), meta.clone(), data].concat(), brand.len() + meta.len() + 8)
    };
    let xmp = b"<x>Secret</x>".as_slice();
    let (_, start) = photo(0, exif, xmp);
    let (bytes, _) = photo(start, exif, xmp);
    let with_film = [bytes.clone(), part(b"mpvd", b"Secret film"), b"SEFT".to_vec()].concat();
    let stripped = strip_metadata(&with_film).unwrap();
    let expected = [Removed::Gps, Removed::Exif, Removed::Xmp, Removed::Application, Removed::Trailer];
    assert_eq!(stripped.removed, expected.into());
    assert!(!stripped.bytes.windows(6).any(|window| window == b"Secret"));
    assert_eq!(stripped.bytes[start..start + 6], *b"pixels");
    assert_eq!(stripped.bytes[..start + 6], bytes[..start + 6]);
    assert!(fields(&stripped.bytes).is_empty());
    assert!(strip_metadata(&stripped.bytes).unwrap().removed.is_subset(&[Removed::Application].into()));
    assert_eq!(strip_metadata(&brand), Err(StripError::Broken));
}

#[test]
fn place_is_found_in_exif_that_is_broken_behind_it() {
    // A directory of places whose next one would lie beyond the end.
    let tiff = b"MM\0*\0\0\0\x08\0\x01\x88\x25\0\x04\0\0\0\x01\0\0\0\x1a\0\0\0\0\0\x01\0\x01\0\x02\0\0\0\x02N\0\0\0\x7f\0\0\0".as_slice();
    let exif = [b"Exif\0\0".as_slice(), tiff].concat();
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    let photo = [b"\xff\xd8\xff\xe1", &length[..], &exif, b"\xff\xda\0\x02\x12\xff\xd9"].concat();
    assert!(strip_metadata(&photo).unwrap().removed.contains(&Removed::Gps));
}

#[test]
fn gif_keeps_frames_and_loses_comments_and_what_follows() {
    let head = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff".as_slice();
    let loops = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0".as_slice();
    let frame = b"\x21\xf9\x04\0\0\0\0\0\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0".as_slice();
    let cleaned = [head, loops, frame, b";"].concat();
    let comment = b"\x21\xfe\x06Secret\0".as_slice();
    let xmp = b"\x21\xff\x0bXMP DataXMP\x06Secret\0".as_slice();
    let stripped = strip_metadata(&[head, comment, loops, xmp, frame, b";Secret"].concat()).unwrap();
    assert_eq!(stripped.bytes, cleaned);
    assert_eq!(stripped.removed, [Removed::Xmp, Removed::Comment, Removed::Trailer].into());
    assert!(strip_metadata(&cleaned).unwrap().removed.is_empty());
}

#[test]
fn png_and_webp_keep_pixels_profile_and_way_up_only() {
    let tiff = turned(6);
    let png = [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        chunk(b"IHDR", &[0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]),
        chunk(b"iCCP", b"p\0\0x"),
        chunk(b"tEXt", b"Author\0Secret"),
        chunk(b"eXIf", &tiff),
        chunk(b"IDAT", b"pixels"),
        chunk(b"tIME", &[0; 7]),
        chunk(b"IEND", b""),
        b"trailing Secret".to_vec(),
    ]
    .concat();
    let stripped = strip_metadata(&png).unwrap();
    let expected = [Removed::Exif, Removed::Comment, Removed::Trailer, Removed::Time].into_iter().collect();
    assert_eq!(stripped.removed, expected);
    let has = |bytes: &[u8], needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
    assert!(
        has(&stripped.bytes, b"iCCP")
            && has(&stripped.bytes, b"IDATpixels")
            && !has(&stripped.bytes, b"Secret")
    );
    assert_eq!(
        fields(&stripped.bytes),
        [("Orientation".to_owned(), "row 0 at right and column 0 at top".to_owned())]
    );

    let riff = |chunks: &[(&[u8; 4], &[u8])]| {
        let mut body = b"WEBP".to_vec();
        for (name, data) in chunks {
            body.extend(*name);
            body.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
            body.extend(*data);
            body.resize(body.len() + data.len() % 2, 0);
        }
        [b"RIFF".to_vec(), u32::try_from(body.len()).unwrap().to_le_bytes().to_vec(), body].concat()
    };
    let webp = riff(&[
        (b"VP8X", &[0x2c, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
        (b"ICCP", b"profile"),
        (b"VP8 ", b"pixels"),
        (b"EXIF", &tiff),
        (b"XMP ", b"<x exif:GPSLatitude='Secret'/>"),
    ]);
    let stripped = strip_metadata(&webp).unwrap();
    assert_eq!(stripped.removed, [Removed::Gps, Removed::Exif, Removed::Xmp].into_iter().collect());
    assert!(
        has(&stripped.bytes, b"profile")
            && has(&stripped.bytes, b"pixels")
            && !has(&stripped.bytes, b"Secret")
    );
    assert_eq!(fields(&stripped.bytes).len(), 1);
    assert_eq!(strip_metadata(&riff(&[(b"EXIF", &tiff)])), Err(StripError::Broken));
}

/// Exif as another reader finds it: tag and value.
fn fields(bytes: &[u8]) -> Vec<(String, String)> {
    let Ok(exif) = exif::Reader::new().read_from_container(&mut Cursor::new(bytes)) else {
        return Vec::new();
    };
    let field = |field: &exif::Field| {
        let value = match &field.value {
            exif::Value::Ascii(parts) => String::from_utf8_lossy(&parts[0]).into_owned(),
            _ => field.display_value().to_string(),
        };
        (field.tag.to_string(), value)
    };
    exif.fields().map(field).collect()
}

/// From the first scan to the first end of image, found without our parser.
fn scans(bytes: &[u8]) -> &[u8] {
    let mut at = 2;
    while bytes[at + 1] != 0xda {
        at += 2 + usize::from(u16::from_be_bytes([bytes[at + 2], bytes[at + 3]]));
    }
    let end = bytes[at..].windows(2).position(|window| window == [0xff, 0xd9]).unwrap();
    &bytes[at..at + end + 2]
}

fn turned(orientation: u8) -> Vec<u8> {
    [b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec(), vec![orientation, 0, 0, 0, 0, 0, 0]]
        .concat()
}

fn chunk(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut crc = flate2::Crc::new();
    crc.update(name);
    crc.update(body);
    let length = u32::try_from(body.len()).unwrap().to_be_bytes();
    [&length[..], name, body, &crc.sum().to_be_bytes()].concat()
}
