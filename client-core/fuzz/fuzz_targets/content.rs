#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| carnet_tests::fuzz::content(input));
