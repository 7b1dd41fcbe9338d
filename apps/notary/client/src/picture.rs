//! The perceptual hash of a picture: dHash (Krawetz, "Kind of Like That", 2013). It is computed with integers alone, so that it is
//! the same on every machine.

use std::io::Cursor;

use tabella_notary_rules::PictureHash;
use thiserror::Error;
use zune_jpeg::{
    JpegDecoder,
    zune_core::{bytestream::ZCursor, colorspace::ColorSpace, options::DecoderOptions},
};

/// Most pixels of a picture.
pub const MAX_PIXELS: u64 = 1 << 26;
/// Longest file of a picture, in bytes.
pub const MAX_BYTES: u64 = 64 << 20;
/// Longest side, in pixels.
const MAX_SIDE: usize = 1 << 15;
/// Columns and rows of the small picture.
const COLUMNS: usize = 9;
const ROWS: usize = 8;

/// Why a picture has no hash.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum PictureError {
    /// Larger than what is decoded.
    #[error("the picture is larger than {MAX_BYTES} bytes, {MAX_PIXELS} pixels or 32,768 pixels a side")]
    TooLarge,
    /// The decoder does not read it.
    #[error("the picture does not decode: {0}")]
    Decode(String),
}

/// Whether a file begins like a picture of which a hash is made: PNG or JPEG.
#[must_use]
pub fn is_picture(head: &[u8]) -> bool {
    is_png(head) || is_jpeg(head)
}

fn is_png(head: &[u8]) -> bool {
    head.starts_with(b"\x89PNG\r\n\x1a\n")
}

fn is_jpeg(head: &[u8]) -> bool {
    head.starts_with(b"\xff\xd8\xff")
}

/// The hash of a PNG or JPEG file; `None` of any other file.
///
/// # Errors
/// [`PictureError`].
pub fn picture_hash(file: &[u8]) -> Result<Option<PictureHash>, PictureError> {
    if !is_picture(file) {
        return Ok(None);
    }
    if file.len() as u64 > MAX_BYTES {
        return Err(PictureError::TooLarge);
    }
    let pixels = if is_png(file) { decode_png(file)? } else { decode_jpeg(file)? };
    Ok(Some(pixels.hash()))
}

/// A decoded picture: 1 to 4 bytes a pixel: grey, grey and alpha, RGB, RGB and alpha.
struct Pixels {
    width: usize,
    height: usize,
    channels: usize,
    bytes: Vec<u8>,
}

fn decode_error(error: impl ToString) -> PictureError {
    PictureError::Decode(error.to_string())
}

/// How many bytes a picture takes that is not too large.
fn size(width: usize, height: usize, channels: usize) -> Result<usize, PictureError> {
    let pixels = (width as u64).saturating_mul(height as u64);
    if width == 0 || height == 0 {
        return Err(PictureError::Decode("it has no pixels".into()));
    }
    if pixels > MAX_PIXELS || width > MAX_SIDE || height > MAX_SIDE {
        return Err(PictureError::TooLarge);
    }
    Ok(width * height * channels)
}

fn decode_png(file: &[u8]) -> Result<Pixels, PictureError> {
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(file), png::Limits { bytes: 512 << 20 });
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(decode_error)?;
    let (width, height) = (reader.info().width as usize, reader.info().height as usize);
    let channels = reader.output_color_type().0.samples();
    let expected = size(width, height, channels)?;
    let mut bytes = vec![0; reader.output_buffer_size().ok_or(PictureError::TooLarge)?];
    let frame = reader.next_frame(&mut bytes).map_err(decode_error)?;
    // Of an animation the first picture, which fills the whole.
    if (frame.width as usize, frame.height as usize) != (width, height) || bytes.len() < expected {
        return Err(PictureError::Decode("its first frame is not as large as it says".into()));
    }
    Ok(Pixels { width, height, channels, bytes })
}

fn decode_jpeg(file: &[u8]) -> Result<Pixels, PictureError> {
    let options = DecoderOptions::default().set_max_width(MAX_SIDE).set_max_height(MAX_SIDE);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(file), options);
    decoder.decode_headers().map_err(decode_error)?;
    let (width, height) = decoder.dimensions().ok_or_else(|| decode_error("it has no size"))?;
    let (space, channels) = match decoder.input_colorspace() {
        Some(ColorSpace::Luma) => (ColorSpace::Luma, 1),
        _ => (ColorSpace::RGB, 3),
    };
    let expected = size(width, height, channels)?;
    decoder.set_options(options.jpeg_set_out_colorspace(space));
    let bytes = decoder.decode().map_err(decode_error)?;
    if bytes.len() != expected {
        return Err(PictureError::Decode("its content is not as large as it says".into()));
    }
    Ok(Pixels { width, height, channels, bytes })
}

impl Pixels {
    fn hash(&self) -> PictureHash {
        let mut hash = 0;
        for row in 0..ROWS {
            for column in 0..COLUMNS - 1 {
                let ((left, of_left), (right, of_right)) = (self.cell(column, row), self.cell(column + 1, row));
                // Means are compared as fractions: sums are below 2^46, counts below 2^27.
                let grows = u128::from(left) * u128::from(of_right) < u128::from(right) * u128::from(of_left);
                hash |= u64::from(grows) << (8 * row + column);
            }
        }
        PictureHash(hash)
    }

    /// Sum of the brightness of a cell of the small picture, and its number of pixels.
    fn cell(&self, column: usize, row: usize) -> (u64, u64) {
        let (left, right) = span(column, COLUMNS, self.width);
        let (top, bottom) = span(row, ROWS, self.height);
        let (mut sum, mut count) = (0, 0);
        for y in top..bottom {
            let start = (y * self.width + left) * self.channels;
            let end = (y * self.width + right) * self.channels;
            for pixel in self.bytes.get(start..end).unwrap_or(&[]).chunks_exact(self.channels) {
                sum += brightness(pixel);
                count += 1;
            }
        }
        (sum, count)
    }
}

/// The pixels of a cell, at least one.
const fn span(index: usize, cells: usize, pixels: usize) -> (usize, usize) {
    let start = index * pixels / cells;
    let end = (index + 1) * pixels / cells;
    (start, if end > start { end } else { start + 1 })
}

/// Luma of ITU-R BT.601 in thousandths, over white where the pixel is transparent: at most 255,000.
fn brightness(pixel: &[u8]) -> u64 {
    let (luma, alpha) = match *pixel {
        [grey] => (1_000 * u64::from(grey), 255),
        [grey, alpha] => (1_000 * u64::from(grey), u64::from(alpha)),
        [red, green, blue] => (luma(red, green, blue), 255),
        [red, green, blue, alpha] => (luma(red, green, blue), u64::from(alpha)),
        _ => (0, 0),
    };
    (luma * alpha + 255_000 * (255 - alpha)) / 255
}

fn luma(red: u8, green: u8, blue: u8) -> u64 {
    299 * u64::from(red) + 587 * u64::from(green) + 114 * u64::from(blue)
}

#[cfg(test)]
mod tests;
