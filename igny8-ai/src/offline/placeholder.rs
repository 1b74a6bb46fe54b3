//! Placeholder images: hills under a sun, in colours that the prompt decides. Nobody takes one for a photograph.

use png::{BitDepth, ColorType, Encoder, EncodingError};

use super::chance::{below, stable_hash};

/// Bands of the sky, the sun, and three rows of hills.
const COLOURS: usize = SKY_BANDS + 4;
const SKY_BANDS: usize = 12;
const SUN: u8 = 12;
const FAR_HILLS: u8 = 13;
const NEAR_HILLS: u8 = 14;
const GROUND: u8 = 15;

/// A PNG of that many pixels across and down, with a palette of 16 colours and a note that says what it is.
///
/// # Errors
/// The encoder's, such as a side of 0 pixels.
pub(super) fn png(prompt: &str, width: u32, height: u32) -> Result<Vec<u8>, EncodingError> {
    let seed = stable_hash(prompt);
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, width, height);
    encoder.set_color(ColorType::Indexed);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_palette(palette(seed));
    encoder.add_text_chunk(
        "Comment".to_owned(),
        "Placeholder, drawn offline by rules; no image model made it".to_owned(),
    )?;
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&pixels(seed, width as usize, height as usize))?;
    writer.finish()?;
    Ok(file)
}

fn palette(seed: u64) -> Vec<u8> {
    let hue = below(seed, 360) as f32;
    let sky = (0..SKY_BANDS).map(|band| {
        let down = band as f32 / SKY_BANDS as f32;
        rgb(hue, 0.30 - 0.12 * down, 0.72 + 0.22 * down)
    });
    let land = [(35.0, 0.10, 0.98), (0.0, 0.28, 0.66), (0.0, 0.34, 0.50), (0.0, 0.40, 0.36)];
    let land = land.into_iter().map(|(shift, saturation, value)| rgb(hue + shift, saturation, value));
    let mut bytes = Vec::with_capacity(COLOURS * 3);
    bytes.extend(sky.chain(land).flatten());
    bytes
}

fn pixels(seed: u64, width: usize, height: usize) -> Vec<u8> {
    let (across, down) = (width as f32, height as f32);
    let sun_at = (across * (0.25 + 0.5 * part(seed, 1)), down * (0.22 + 0.12 * part(seed, 2)));
    let radius = across.min(down) * 0.09;
    let far = Hills::of(seed, 3, 0.62, 0.10);
    let near = Hills::of(seed, 4, 0.74, 0.08);
    let ground = Hills::of(seed, 5, 0.87, 0.04);
    let mut pixels = Vec::with_capacity(width * height);
    for y in 0..height {
        let band = (y * SKY_BANDS / height.max(1)) as u8;
        for x in 0..width {
            let (right, low) = (x as f32 / across, y as f32 / down);
            let from_sun = (x as f32 - sun_at.0).hypot(y as f32 - sun_at.1);
            pixels.push(if low > ground.top(right) {
                GROUND
            } else if low > near.top(right) {
                NEAR_HILLS
            } else if low > far.top(right) {
                FAR_HILLS
            } else if from_sun < radius {
                SUN
            } else {
                band
            });
        }
    }
    pixels
}

/// A row of hills as two waves, in shares of the picture.
struct Hills {
    middle: f32,
    height: f32,
    shift: f32,
}

impl Hills {
    fn of(seed: u64, row: u64, middle: f32, height: f32) -> Self {
        Self { middle, height, shift: part(seed, row) * std::f32::consts::TAU }
    }

    fn top(&self, right: f32) -> f32 {
        let long = (right * 5.0 + self.shift).sin();
        let short = (right * 11.0 + self.shift * 2.0).sin();
        self.middle + self.height * (0.7 * long + 0.3 * short)
    }
}

/// A share from 0 to 1, the same for the same seed and number.
fn part(seed: u64, number: u64) -> f32 {
    below(seed.wrapping_add(number.wrapping_mul(0x9e37_79b9_7f4a_7c15)), 1_000) as f32 / 1_000.0
}

fn rgb(hue: f32, saturation: f32, value: f32) -> [u8; 3] {
    [5.0_f32, 3.0, 1.0].map(|offset| {
        let k = (offset + hue / 60.0).rem_euclid(6.0);
        let channel = value - value * saturation * k.min(4.0 - k).clamp(0.0, 1.0);
        (channel * 255.0).round() as u8
    })
}
