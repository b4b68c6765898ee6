//! Foreign files that were changed or cut: refused, and nothing unverified released.
#![cfg(test)]

use std::io::Read;

use carnet_core::foreign::{self, ForeignError};
use carnet_core::hybrid::HybridIdentity;
use carnet_core::identity::Identity;
use carnet_core::recipient::Recipients;
use carnet_core::x25519::X25519Identity;
use carnet_wire::header::{Header, HeaderError, HeaderScanner, Limits};

#[test]
fn every_flipped_bit_of_a_header_is_refused_before_any_byte() {
    for (file, identity) in files(b"a letter") {
        let header = Header::parse(&file, Limits::FOREIGN).unwrap().as_bytes().len();
        for bit in 0..header * 8 {
            let mut changed = file.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(foreign::open(changed.as_slice(), std::slice::from_ref(&identity)).is_err(), "bit {bit}");
        }
    }
}

#[test]
fn every_truncation_of_a_three_chunk_file_ends_with_an_error_after_whole_chunks() {
    let content: Vec<u8> = (0..2 * 65_536 + 1_000_u32).map(|i| i.to_le_bytes()[0]).collect();
    let [(file, identity), _] = files(&content);
    let header = Header::parse(&file, Limits::FOREIGN).unwrap().as_bytes().len();
    for cut in 0..file.len() {
        let mut released = Vec::new();
        let opened = foreign::open(&file[..cut], std::slice::from_ref(&identity));
        assert_eq!(opened.is_err(), cut < header + 16, "{cut}");
        let Ok(mut opened) = opened else { continue };
        assert!(opened.read_to_end(&mut released).is_err(), "{cut}");
        assert!(released.len() % 65_536 == 0 && content.starts_with(&released), "{cut}");
        assert!(opened.read(&mut [0]).is_err(), "{cut}: the error stays");
    }
}

#[test]
fn header_without_an_end_is_given_up_at_64_kib() {
    struct Endless(u64);
    impl Read for Endless {
        fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
            out.fill(b'a');
            self.0 += out.len() as u64;
            Ok(out.len())
        }
    }
    let mut endless = Endless(0);
    let opened = foreign::open(&mut endless, &[]).map(drop);
    assert!(matches!(opened, Err(ForeignError::Header(HeaderError::TooLong))), "{opened:?}");
    assert!(endless.0 <= 66 * 1024, "{}", endless.0);
}

#[test]
fn header_with_129_stanzas_is_refused() {
    let text = |count| format!("age-encryption.org/v1\n{}--- {}\n", "-> a\n\n".repeat(count), "A".repeat(43));
    let open = |count| foreign::open(text(count).as_bytes(), &[]).map(drop).unwrap_err().to_string();
    assert_eq!(open(128), "the file is for someone else");
    assert_eq!(open(129), "the header has too many stanzas");
    assert!(HeaderScanner::new(64 * 1024).scan(text(129).as_bytes()).unwrap().is_some());
}

/// The same content for an X25519 and for a hybrid reader.
fn files(content: &[u8]) -> [(Vec<u8>, Identity); 2] {
    let (x25519, hybrid) = (X25519Identity::make().unwrap(), HybridIdentity::make().unwrap());
    let readers =
        [Recipients::X25519(vec![*x25519.recipient()]), Recipients::Hybrid(vec![hybrid.recipient().clone()])];
    let [for_x25519, for_hybrid] = readers.map(|readers| {
        let mut file = Vec::new();
        foreign::export(content, &mut file, &readers).unwrap();
        file
    });
    [(for_x25519, Identity::X25519(x25519)), (for_hybrid, Identity::Hybrid(hybrid))]
}
