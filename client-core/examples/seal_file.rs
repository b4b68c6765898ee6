//! Seals a file to a payload for one hybrid reader made up here: `seal_file CONTENT GRANT PAYLOAD`.
//!
//! It exists to be timed against `cp`.

use std::env::args_os;
use std::error::Error;
use std::fs::{self, File};

use carnet_core::hazmat::wrap;
use carnet_core::hazmat::{Padding, PayloadSealer, seal_stream};
use carnet_core::hybrid::HybridIdentity;

fn main() -> Result<(), Box<dyn Error>> {
    let [content, grant, payload] = <[_; 3]>::try_from(args_os().skip(1).collect::<Vec<_>>())
        .map_err(|_| "usage: seal_file CONTENT GRANT PAYLOAD")?;
    let reader = HybridIdentity::make()?;
    let (file_key, sealer) = PayloadSealer::make()?;
    fs::write(grant, wrap(&file_key, reader.recipient())?.as_bytes())?;
    seal_stream(sealer, File::open(content)?, File::create(payload)?, Padding::Padme)?;
    Ok(())
}
