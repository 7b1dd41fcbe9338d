//! Pictures whose hash can be told by hand, and pictures of a camera's kind. Those in `tests/pictures` are of ImageMagick 6:
//! `clouds.png` (96 by 64, 64 colours), the same at half the size as a JPEG of quality 60, the same in grey, and another.

use super::*;

const CLOUDS: &[u8] = include_bytes!("../../tests/pictures/clouds.png");
const SMALL: &[u8] = include_bytes!("../../tests/pictures/clouds.jpg");
const GREY: &[u8] = include_bytes!("../../tests/pictures/clouds-grey.jpg");
const HILLS: &[u8] = include_bytes!("../../tests/pictures/hills.png");

fn png(width: u32, height: u32, color: png::ColorType, bytes: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(color);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header().unwrap().write_image_data(bytes).unwrap();
    file
}

fn hash(file: &[u8]) -> PictureHash {
    picture_hash(file).unwrap().unwrap()
}

#[test]
fn hash_of_a_picture_of_nine_by_eight_is_its_comparisons() {
    // Row r grows in its first r columns, and falls after.
    let bytes: Vec<u8> = (0..8u8)
        .flat_map(|row| (0..9u8).map(move |column| 100 + column.min(row) - column.saturating_sub(row)))
        .collect();
    let expected = (0..8).map(|row| ((1u64 << row) - 1) << (8 * row)).sum();
    assert_eq!(hash(&png(9, 8, png::ColorType::Grayscale, &bytes)), PictureHash(expected));
    let rgb: Vec<u8> = bytes.iter().flat_map(|grey| [*grey; 3]).collect();
    assert_eq!(hash(&png(9, 8, png::ColorType::Rgb, &rgb)), PictureHash(expected));
    // Opaque, or black of that transparency over white.
    let rgba: Vec<u8> = bytes.iter().flat_map(|grey| [*grey, *grey, *grey, 255]).collect();
    assert_eq!(hash(&png(9, 8, png::ColorType::Rgba, &rgba)), PictureHash(expected));
    let veil: Vec<u8> = bytes.iter().flat_map(|grey| [0, 255 - grey]).collect();
    assert_eq!(hash(&png(9, 8, png::ColorType::GrayscaleAlpha, &veil)), PictureHash(expected));
}

#[test]
fn pictures_of_every_size_have_a_hash() {
    for (width, height) in [(1, 1), (1, 40), (40, 1), (8, 7), (10, 9), (200, 3)] {
        let bytes = vec![7; (width * height) as usize];
        assert_eq!(hash(&png(width, height, png::ColorType::Grayscale, &bytes)), PictureHash(0), "{width} by {height}");
    }
}

#[test]
fn smaller_compressed_and_grey_copies_are_near_and_another_picture_is_not() {
    let clouds = hash(CLOUDS);
    for copy in [SMALL, GREY] {
        assert!(clouds.distance(hash(copy)) <= 4, "{}", clouds.distance(hash(copy)));
    }
    assert!(clouds.distance(hash(HILLS)) > 20, "{}", clouds.distance(hash(HILLS)));
}

#[test]
fn other_files_have_no_hash_and_broken_pictures_are_refused() {
    assert_eq!(picture_hash(b"%PDF-1.7").unwrap(), None);
    assert_eq!(picture_hash(b"").unwrap(), None);
    for picture in [CLOUDS, SMALL] {
        assert!(matches!(picture_hash(&picture[..picture.len() / 4]), Err(PictureError::Decode(_))));
        // Whatever is altered, nothing panics.
        for at in (0..picture.len()).step_by(97) {
            let mut altered = picture.to_vec();
            altered[at] ^= 0xff;
            let _ = picture_hash(&altered);
        }
    }
}

#[test]
fn picture_that_claims_to_be_huge_is_refused_before_it_is_decoded() {
    let mut file = png(9, 8, png::ColorType::Grayscale, &[0; 72]);
    // The width and height of the header, whose checksum is not looked at before the size (or is wrong: refused either way).
    file[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
    assert!(picture_hash(&file).is_err());
    assert_eq!(size(1 << 13, 1 << 13, 1), Ok(1 << 26));
    for (width, height) in [((1 << 13) + 1, 1 << 13), (1 << 16, 1), (1, 1 << 16)] {
        assert_eq!(size(width, height, 1), Err(PictureError::TooLarge));
    }
    assert!(size(0, 5, 1).is_err());
}
