//! The target over health content: whatever a file is, reading it ends, and what comes out is bounded.

use carnet_health::view::{MAX_BLOCKS, view};
use carnet_health::{
    MAX_FIELD, TEXT_LIMIT, attachments, kind_of, recognise, recognise_prefix, searchable_text, split_bundle,
    split_lines, strip_metadata, xdm,
};

use crate::made::{Packed, pdf, stream, zip, zip_of};

/// Files of every kind: what they are, what they show, what a search finds, what is stripped of them.
///
/// Input: the bytes of a file.
pub fn content(input: &[u8]) {
    for found in [recognise(input, None), recognise_prefix(input, None)] {
        assert!(found.title.is_none_or(|title| title.chars().count() <= MAX_FIELD));
    }
    let kind = kind_of(input, None);
    assert!(searchable_text(input, kind).len() <= TEXT_LIMIT);
    assert!(view(input, kind).is_ok_and(|view| view.blocks.len() <= MAX_BLOCKS) || kind.has_words());
    if let Ok(stripped) = strip_metadata(input) {
        let again = strip_metadata(&stripped.bytes).map(|again| again.bytes);
        assert_eq!(again, Ok(stripped.bytes), "what was stripped stays as it is");
    }
    let _ = (attachments(input, kind), split_bundle(input), split_lines(input), xdm::documents(input));
}

/// Seeds of this target: name, bytes.
pub(super) fn seeds() -> Vec<(&'static str, String, Vec<u8>)> {
    let jpeg = b"\xff\xd8\xff\xfe\0\x04ab\xff\xe0\0\x11JFIF\0\x01\x02\0\0\x01\0\x01\x01\0x\xff\xda\0\x04ab1234\xff\0\xff\xd0xy\xff\xd9film";
    let gif = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff\x21\xfe\x01a\0\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0;";
    let page = b"<</Type/Page/Parent 2 0 R/Contents 4 0 R/Annots[6 0 R]/Resources<</Font<</F 5 0 R>>/XObject<</X 7 0 R>>>>>>".as_slice();
    let font = b"<</Type/Font/Subtype/Type0/Encoding 8 0 R/ToUnicode 8 0 R/DescendantFonts[<</W[1[500]]>>]>>"
        .as_slice();
    let form = stream("/Type/XObject/Subtype/Form/BBox[0 0 9 9]", b"BT /F 9 Tf <0102> Tj ET /X Do");
    let map = stream("", b"1 begincodespacerange <00> <ff> endcodespacerange 1 beginbfrange <01> <02> [<0041> <0042>] endbfrange");
    let pages = pdf(&[
        b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[6 0 R]>>>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        page,
        &stream("", b"BT /F 9 Tf 1 0 0 1 9 9 Tm [<01>-900<02>] TJ ET /X Do"),
        font,
        b"<</FT/Tx/T(a)/V(b)/Subtype/Widget/Rect[0 0 9 9]/AP<</N 7 0 R>>>>",
        &form,
        &map,
    ]);
    let types = ("[Content_Types].xml", "<T/>");
    let word = zip_of(&[
        types,
        ("word/document.xml", "<w:d><w:tbl><w:tr><w:tc><w:p><w:t>a</w:t></w:p></w:tc></w:tr></w:tbl></w:d>"),
    ]);
    let sheet = zip_of(&[
        types,
        ("xl/workbook.xml", "<w><sheet name='a' r:id='r'/></w>"),
        ("xl/_rels/workbook.xml.rels", "<R><Relationship Id='r' Target='s.xml'/></R>"),
        ("xl/s.xml", "<s><row><c r='B1'><v>1.5</v></c></row></s>"),
    ]);
    let open = zip_of(&[
        ("mimetype", "application/vnd.oasis.opendocument.text"),
        (
            "content.xml",
            "<o><text:p>a</text:p><table:table><table:table-row><table:table-cell/></table:table-row></table:table></o>",
        ),
    ]);
    let locked = zip(&[Packed { name: b"\x82.txt", content: b"x", locked: true }]);
    let dicom = b"\x08\0\x05\0CS\x10\0\\ISO 2022 IR 87 \x08\0\x18\0UI\x04\x001.2\0\x10\0\x10\0PN\x0a\0\x1b$B;3ED\x1b(B";
    let calendar = b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY;ENCODING=QUOTED-PRINTABLE:=E9\nDTSTART;TZID=a/b:20240506T070809\nRRULE:FREQ=MONTHLY;BYDAY=-1FR\nEXDATE:20240507\nBEGIN:VALARM\nTRIGGER:-PT15M\nEND:VALARM\nEND:VEVENT\nEND:VCALENDAR\n";
    let mail = b"From: a@b\nTo: c@d\nSubject: =?utf-8?q?=C3=A9?=\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\na\n--b\nContent-Disposition: attachment; filename=a.txt\n\nx\n--b--\n";
    let files: [(&str, &[u8]); 14] = [
        ("jpeg", jpeg),
        ("gif", gif),
        ("pdf", &pages),
        ("word", &word),
        ("sheet", &sheet),
        ("open-document", &open),
        ("locked-zip", &locked),
        ("dicom-without-mark", dicom),
        ("calendar", calendar),
        ("mail", mail),
        ("rich-text", b"{\\rtf1\\ansicpg1252{\\fonttbl{\\f0 A;}}\\u339?\\'e9\\par}"),
        ("table", b"a;b\n\"c\";d\n"),
        ("lines", b"{\"resourceType\":\"Patient\"}\n{\"resourceType\":\"Patient\"}\n"),
        ("json", b"{\"a\":{\"resourceType\":\"Patient\"}}"),
    ];
    files.iter().map(|(name, bytes)| ("content", (*name).to_owned(), bytes.to_vec())).collect()
}
