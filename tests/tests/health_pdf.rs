//! The words of PDFs: those of forms within forms, of fields and notes, and of fonts whose codes are of one byte.

#![cfg(test)]

use carnet_health::view::{Block, Key, view};
use carnet_health::{Kind, Remark, recognise, searchable_text};
use carnet_tests::made::{pdf, stream};

const CATALOG: &[u8] = b"<</Type/Catalog/Pages 2 0 R/AcroForm 9 0 R>>";
const PAGES: &[u8] = b"<</Type/Pages/Kids[3 0 R]/Count 1>>";
const HELVETICA: &[u8] = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>";

/// A page with this content, this annotation, these further objects from 6 on (9 is the form).
fn page(content: &[u8], page: &str, more: &[&[u8]]) -> Vec<u8> {
    let page = format!("<</Type/Page/Parent 2 0 R/Contents 4 0 R/MediaBox[0 0 600 800]{page}>>");
    let content = stream("", content);
    pdf(&[&[CATALOG, PAGES, page.as_bytes(), &content, HELVETICA], more].concat())
}

fn words(bytes: &[u8]) -> String {
    searchable_text(bytes, Kind::Pdf)
}

#[test]
fn words_of_a_form_within_a_form_are_found() {
    let inner = stream(
        "/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</Font<</A 5 0 R>>>>",
        b"BT /A 9 Tf 0 50 Td (Kali\xe9mie 6,8) Tj ET",
    );
    let outer =
        stream("/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</B 7 0 R>>>>", b"/B Do");
    let bytes = page(b"q 1 0 0 1 0 9 cm /O Do Q", "/Resources<</XObject<</O 6 0 R>>>>", &[&outer, &inner]);
    assert_eq!(words(&bytes).trim(), "Kali\u{e9}mie 6,8");
    assert!(!recognise(&bytes, None).has(Remark::NoText));
}

#[test]
fn form_that_draws_itself_ends() {
    let itself = stream(
        "/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</O 6 0 R>>/Font<</A 5 0 R>>>>",
        b"BT /A 9 Tf (mot ) Tj ET /O Do /O Do",
    );
    let bytes = page(b"/O Do", "/Resources<</XObject<</O 6 0 R>>>>", &[&itself]);
    assert!(words(&bytes).contains("mot"));
}

#[test]
fn values_of_fields_are_found_whether_they_are_drawn_or_not() {
    let text = b"<</FT/Tx/T(allergie)/TU(Allergie connue)/V(P\xe9nicilline)/Subtype/Widget/Rect[0 0 9 9]>>"
        .as_slice();
    let box_ = b"<</FT/Btn/T(fumeur)/V/Oui/AS/Oui/Subtype/Widget/Rect[0 0 9 9]>>".as_slice();
    let list = b"<</FT/Ch/T(groupe)/V(g2)/Opt[[(g1)(A positif)][(g2)(O n\xe9gatif)]]>>".as_slice();
    let form = b"<</Fields[6 0 R 7 0 R 8 0 R]/NeedAppearances true>>".as_slice();
    let bytes = page(b"", "/Annots[6 0 R 7 0 R]", &[text, box_, list, form]);
    let words = words(&bytes);
    assert!(words.contains("Allergie connue: P\u{e9}nicilline"), "{words}");
    assert!(words.contains("fumeur: \u{2612}") && words.contains("groupe: O n\u{e9}gatif"), "{words}");
}

#[test]
fn note_on_a_page_is_found_and_a_hidden_one_is_not() {
    let note = b"<</Subtype/FreeText/Rect[0 0 9 9]/Contents(\xc0 revoir)>>".as_slice();
    let hidden = b"<</Subtype/Text/F 2/Rect[0 0 9 9]/Contents(secret)>>".as_slice();
    let bytes = page(b"", "/Annots[6 0 R 7 0 R]", &[note, hidden]);
    assert_eq!(words(&bytes).trim(), "\u{c0} revoir");
}

#[test]
fn font_of_many_glyphs_with_codes_of_one_byte_is_read() {
    let font = b"<</Type/Font/Subtype/Type0/BaseFont/X/Encoding 7 0 R/ToUnicode 8 0 R/DescendantFonts[<</Type/Font/Subtype/CIDFontType2/DW 500>>]>>".as_slice();
    let encoding = stream("/Type/CMap/CMapName/OneByteIdentityH", b"begincmap 1 begincodespacerange <00> <ff> endcodespacerange 1 begincidrange <00> <ff> 0 endcidrange endcmap");
    let meaning = stream("", b"begincmap 1 begincodespacerange <00> <ff> endcodespacerange 2 beginbfchar <01> <0047> <02> <006C> endbfchar 1 beginbfrange <03> <05> [<0075> <0063> <006F00730065>] endbfrange endcmap");
    let bytes = page(
        b"BT /A 9 Tf <0102030405> Tj ET",
        "/Resources<</Font<</A 6 0 R>>>>",
        &[font, &encoding, &meaning],
    );
    assert_eq!(words(&bytes).trim(), "Glucose");
}

#[test]
fn font_that_was_rewritten_with_codes_of_one_byte_is_read_by_its_codes() {
    let font = b"<</Type/Font/Subtype/Type0/BaseFont/X/Encoding 7 0 R/DescendantFonts[<</Type/Font/Subtype/CIDFontType2/CIDToGIDMap 8 0 R/DW 500>>]>>".as_slice();
    let encoding = stream("/Type/CMap/CMapName/OneByteIdentityH", b"begincmap 1 begincodespacerange <00> <FF> endcodespacerange 1 begincidrange <00> <FF> 0 endcidrange endcmap");
    let of = |glyphs: &[u8]| {
        page(
            b"BT /A 9 Tf (H\xe9mogramme) Tj ET",
            "/Resources<</Font<</A 6 0 R>>>>",
            &[font, &encoding, &stream("", glyphs)],
        )
    };
    let letters = [[0; 64].as_slice(), &[0, 3].repeat(200)].concat();
    assert_eq!(words(&of(&letters)).trim(), "H\u{e9}mogramme");
    // Glyphs from 0 on are numbers, and nothing says which letters they are.
    let numbers = of(&[0, 3].repeat(200));
    assert!(words(&numbers).trim().is_empty() && recognise(&numbers, None).has(Remark::NoText));
}

#[test]
fn greek_letter_of_a_dose_and_a_raised_power_are_what_is_printed() {
    let symbol = b"<</Type/Font/Subtype/Type1/BaseFont/Symbol>>".as_slice();
    let content = b"BT /A 10 Tf 9 700 Td (5 ) Tj /S 10 Tf (m) Tj /A 10 Tf (g) Tj 0 -20 Td (Plaquettes 10) Tj /A 6 Tf 4 Ts (9) Tj 0 Ts /A 10 Tf (/L) Tj ET";
    let bytes = page(content, "/Resources<</Font<</A 5 0 R/S 6 0 R>>>>", &[symbol]);
    let words = words(&bytes);
    assert!(words.contains("5 \u{3bc}g") && words.contains("10\u{2079}/L"), "{words}");
}

#[test]
fn words_and_lines_end_where_glyphs_stand_apart() {
    let content = b"BT /A 10 Tf 9 700 Td [(H\xe9)-20(moglobine)-900(13,4)] TJ 150 0 Td (g/dL) Tj -150 -14 Td (VGM) Tj ET";
    let bytes = page(content, "/Resources<</Font<</A 5 0 R>>>>", &[]);
    assert_eq!(words(&bytes).trim(), "H\u{e9}moglobine 13,4 g/dL\nVGM");
}

#[test]
fn page_that_is_a_picture_says_that_no_text_could_be_read() {
    let bytes = page(
        b"q 600 0 0 800 0 0 cm /I Do Q",
        "/Resources<</XObject<</I 6 0 R>>>>",
        &[&stream("/Subtype/Image/Width 1/Height 1", b"x")],
    );
    assert!(recognise(&bytes, None).has(Remark::NoText));
    let blocks = view(&bytes, Kind::Pdf).unwrap().blocks;
    assert!(
        blocks.iter().any(|block| matches!(block, Block::KeyValue { key: Key::Remark(Remark::NoText), .. }))
    );
    // Codes that number glyphs, and nothing that says which letters they are.
    let font = b"<</Type/Font/Subtype/Type0/BaseFont/X/Encoding/Identity-H/DescendantFonts[<</Type/Font/Subtype/CIDFontType2>>]>>".as_slice();
    let bytes = page(b"BT /A 9 Tf <00010002> Tj ET", "/Resources<</Font<</A 6 0 R>>>>", &[font]);
    assert!(recognise(&bytes, None).has(Remark::NoText));
}
