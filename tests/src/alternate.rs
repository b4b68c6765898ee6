//! Timing ours against a peer: A B C, A B C, …, so that whatever else the machine does meets all of them.
//!
//! It prints the median and the least of each, and the load of the machine. It judges nothing: no figure fails a run.

#![allow(clippy::print_stdout, reason = "figures are what it is for")]

use std::fs::read_to_string;
use std::time::{Duration, Instant};

/// One thing to time.
pub struct Contender<'a> {
    name: &'a str,
    before: Box<dyn FnMut() + 'a>,
    run: Box<dyn FnMut() + 'a>,
    times: Vec<Duration>,
    cpu: u64,
}

impl<'a> Contender<'a> {
    /// Names it.
    pub fn new(name: &'a str, run: impl FnMut() + 'a) -> Self {
        Self { name, before: Box::new(|| ()), run: Box::new(run), times: Vec::new(), cpu: 0 }
    }

    /// What is done before each run, and not timed.
    #[must_use]
    pub fn before(mut self, before: impl FnMut() + 'a) -> Self {
        self.before = Box::new(before);
        self
    }
}

/// Runs the contenders in turn, once uncounted and `rounds` times counted, and prints what each took. The first is ours: the
/// last column says how fast it is in terms of each other one. `bytes` is what each run works through; 0 for none.
pub fn race(title: &str, rounds: usize, bytes: u64, mut contenders: Vec<Contender<'_>>) {
    println!("\n{title} ({rounds} rounds, {})", load());
    for contender in &mut contenders {
        (contender.run)();
    }
    for _ in 0..rounds {
        for contender in &mut contenders {
            (contender.before)();
            let (cpu, start) = (cpu_ticks(), Instant::now());
            (contender.run)();
            contender.times.push(start.elapsed());
            contender.cpu += cpu_ticks() - cpu;
        }
    }
    println!("| what | median | least | CPU, mean | GB/s | ours is, of its speed |");
    println!("|---|---|---|---|---|---|");
    let ours = contenders.first().map_or(Duration::ZERO, |first| median(&first.times));
    for contender in &contenders {
        let time = median(&contender.times);
        let least = contender.times.iter().min().copied().unwrap_or_default();
        let rate = match bytes {
            0 => "".to_owned(),
            #[allow(clippy::cast_precision_loss, reason = "a figure of three digits")]
            bytes => format!("{:.2}", bytes as f64 / 1e9 / time.as_secs_f64()),
        };
        let ratio = 100.0 * time.as_secs_f64() / ours.as_secs_f64();
        let cpu =
            shown(Duration::from_millis(contender.cpu * 10) / u32::try_from(rounds).unwrap_or(u32::MAX));
        let (name, time, least) = (contender.name, shown(time), shown(least));
        println!("| {name} | {time} | {least} | {cpu} | {rate} | {ratio:.0} % |");
    }
    println!("{}", load());
}

/// The machine's load over the last minute, five and fifteen.
#[must_use]
pub fn load() -> String {
    let text = read_to_string("/proc/loadavg").unwrap_or_default();
    format!("load {}", text.split(' ').take(3).collect::<Vec<_>>().join(" "))
}

/// User and system time of this process and of the children that it waited for, in hundredths of a second.
fn cpu_ticks() -> u64 {
    let stat = read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(") ").next().unwrap_or_default().split(' ').skip(11).take(4);
    fields.filter_map(|field| field.parse::<u64>().ok()).sum()
}

fn median(times: &[Duration]) -> Duration {
    let mut times = times.to_vec();
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn shown(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    match seconds {
        0.001.. if seconds >= 1.0 => format!("{seconds:.3} s"),
        0.001.. => format!("{:.2} ms", seconds * 1e3),
        _ => format!("{:.1} µs", seconds * 1e6),
    }
}
