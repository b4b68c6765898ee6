//! The real `carnet` against a real server on loopback, and against what people use today.
//!
//! `cargo bench -p carnet-tests --bench cli -- record | large | small [COUNT] [without-rclone]`. Server, client and peers share the machine and its disk.

#![allow(missing_docs, clippy::unwrap_used, reason = "a bench that fails stops")]
#![allow(clippy::print_stdout, clippy::panic, reason = "figures are what it is for")]
#![allow(clippy::cast_precision_loss, reason = "figures of three digits")]

mod documents;
mod large;
mod record;
mod small;

use carnet_tests::alternate::load;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    println!("{}", load());
    match arguments.first().map(String::as_str) {
        Some("record") => record::run(arguments.get(1).map_or(10_000, |count| count.parse().unwrap())),
        Some("large") => large::run(),
        Some("small") => {
            let count = arguments.iter().find_map(|count| count.parse().ok()).unwrap_or(2_000);
            small::run(count, !arguments.iter().any(|argument| argument == "without-rclone"));
        }
        _ => println!("say what to measure: record, large or small"),
    }
    println!("{}", load());
}

const PASSPHRASE: &str = "un long secret pour mesurer";
