//! Folders of documents that differ from each other: letters and results in French, as texts.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

const WORDS: [&str; 48] = [
    "patient",
    "consultation",
    "traitement",
    "hémoglobine",
    "glycémie",
    "créatinine",
    "tension",
    "artérielle",
    "examen",
    "clinique",
    "normal",
    "douleur",
    "thoracique",
    "dyspnée",
    "effort",
    "antécédents",
    "allergie",
    "pénicilline",
    "bilan",
    "sanguin",
    "radiographie",
    "thorax",
    "échographie",
    "cardiaque",
    "rythme",
    "sinusal",
    "ordonnance",
    "comprimé",
    "matin",
    "soir",
    "durée",
    "jours",
    "contrôle",
    "mois",
    "vaccination",
    "rappel",
    "tétanos",
    "suivi",
    "diabète",
    "cholestérol",
    "ferritine",
    "thyroïde",
    "genou",
    "épaule",
    "scanner",
    "résultat",
    "compte",
    "rendu",
];

/// Writes `count` texts of `bytes` each, or a little more; `seed` makes them others than those of another seed.
pub(crate) fn write(folder: &Path, count: usize, bytes: impl Fn(usize) -> usize, seed: u64) {
    fs::create_dir_all(folder).unwrap();
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    for at in 0..count {
        let mut text = format!("Compte rendu {seed}-{at}\n\n");
        while text.len() < bytes(at) {
            text.push_str(WORDS[dice.roll() % WORDS.len()]);
            let roll = dice.roll();
            match roll % 8 {
                0 => writeln!(text, " {},{}.", roll % 97, roll % 10).unwrap(),
                _ => text.push(' '),
            }
        }
        // One of a hundred documents has this word.
        if at % 100 == 0 {
            text.push_str("splénomégalie\n");
        }
        fs::write(folder.join(format!("compte-rendu-{at:05}.txt")), text).unwrap();
    }
}

/// Bytes of a small document: most are of some kilobytes, few of a hundred.
pub(crate) fn usual(at: usize) -> usize {
    const KIB: [usize; 10] = [2, 3, 4, 5, 6, 8, 12, 20, 40, 100];
    KIB[at % KIB.len()] * 1024
}

struct Dice(u64);

impl Dice {
    /// Marsaglia's xorshift.
    fn roll(&mut self) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let [high, low, ..] = self.0.to_be_bytes();
        usize::from(u16::from_be_bytes([high, low]))
    }
}
