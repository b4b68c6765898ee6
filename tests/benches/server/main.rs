//! The real server over loopback, against what the same disk and the same peers can do.
//!
//! `cargo bench -p carnet-tests --bench server -- deposits [CLIENTS…] | batches | transfer | scale COUNT [costs] [engine=sled]`. Server, clients and
//! peers share the machine, so every figure holds the clients' work too.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, reason = "a bench that fails stops")]
#![allow(clippy::print_stdout, clippy::panic, reason = "figures are what it is for")]
#![allow(clippy::cast_precision_loss, reason = "figures of three digits")]

mod batches;
mod deposits;
mod raw;
mod scale;
mod transfer;

use std::time::{Duration, Instant};

use carnet_tests::alternate::load;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let engine = if arguments.iter().any(|argument| argument == "engine=sled") { "sled" } else { "redb" };
    println!("engine {engine}; {}", load());
    match arguments.first().map(String::as_str) {
        Some("deposits") => {
            let clients: Vec<_> = arguments.iter().filter_map(|argument| argument.parse().ok()).collect();
            deposits::run(engine, if clients.is_empty() { &[1, 8, 32] } else { &clients });
        }
        Some("batches") => batches::run(engine),
        Some("transfer") => transfer::run(engine),
        Some("scale") => {
            let count = arguments.get(1).map_or(100_000, |count| count.parse().unwrap());
            scale::run(engine, count, arguments.iter().any(|argument| argument == "costs"));
        }
        _ => println!("say what to measure: deposits, batches, transfer or scale COUNT"),
    }
    println!("{}", load());
}

/// How long each of many operations took.
#[derive(Default)]
struct Times(Vec<Duration>);

impl Times {
    fn take<T>(&mut self, operation: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let done = operation();
        self.0.push(start.elapsed());
        done
    }

    /// Operations a second of so many clients, and the times that half and 99 of 100 kept below.
    fn say(mut self, what: &str, clients: usize, each: usize) {
        self.0.sort_unstable();
        let sum: Duration = self.0.iter().sum();
        let rate = self.0.len() as f64 * clients as f64 * each as f64 / sum.as_secs_f64();
        let at = |part: usize| self.0[(self.0.len() * part / 100).min(self.0.len() - 1)].as_secs_f64() * 1e3;
        println!("| {what} | {rate:.0}/s | {:.2} ms | {:.2} ms |", at(50), at(99));
    }
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}
