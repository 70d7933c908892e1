//! Uploaded pictures: told by their content, measured before they are decoded, and encoded anew, so that nothing of
//! the upload but its pixels is ever served.

use std::{io::Cursor, sync::Arc};

use actix_web::{HttpRequest, http::header};
use bytes::Bytes;
use image::{
    DynamicImage, GenericImageView, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits,
    codecs::{jpeg::JpegEncoder, png::PngEncoder},
    error::LimitErrorKind,
    imageops::FilterType,
};
use studyhall_domain::Error;
use tokio::sync::Semaphore;

/// Pixels along each side of an avatar.
const AVATAR_SIDE: u32 = 256;
/// Pixels along a side of an upload: more than any camera's.
const MOST_SIDE: u32 = 12_000;
/// Pixels of an upload in all. Decoded they take four bytes each, or eight.
const MOST_PIXELS: u64 = 40_000_000;
/// Bytes that a decoder may take.
const MOST_ALLOCATED: u64 = 384 * 1024 * 1024;
/// Pictures decoded at a time: what bounds the memory that uploads take together.
const AT_ONCE: usize = 2;
const JPEG_QUALITY: u8 = 85;

/// Makes avatars of uploads, a few at a time, away from the threads that answer requests.
#[derive(Debug)]
pub struct Pictures(Arc<Semaphore>);

impl Pictures {
    pub fn new() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }

    /// An upright square of 256 × 256 pixels: JPEG, or PNG where there is transparency. 415 for what is no picture of
    /// a kind that is taken, 422 for one that is broken or too large.
    pub async fn avatar(&self, upload: Bytes) -> Result<Bytes, Error> {
        let place = self.0.clone().acquire_owned().await.map_err(Error::internal)?;
        let work = move || {
            let _place = place;
            avatar(&upload)
        };
        tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
    }
}

fn avatar(upload: &[u8]) -> Result<Bytes, Error> {
    let picture = decode(upload)?;
    let side = picture.width().min(picture.height());
    let (x, y) = ((picture.width() - side) / 2, (picture.height() - side) / 2);
    let square = picture.crop_imm(x, y, side, side).resize_exact(AVATAR_SIDE, AVATAR_SIDE, FilterType::Lanczos3);
    encode(&square).map_err(Error::internal)
}

fn decode(upload: &[u8]) -> Result<DynamicImage, Error> {
    let format = image::guess_format(upload)
        .ok()
        .filter(|format| matches!(format, ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::Gif | ImageFormat::WebP));
    let format = format.ok_or(Error::UnsupportedMediaType("a JPEG, PNG, GIF or WebP picture"))?;
    let mut reader = ImageReader::with_format(Cursor::new(upload), format);
    reader.limits(limits());
    let mut decoder = reader.into_decoder().map_err(|error| unusable(&error))?;
    let (width, height) = decoder.dimensions();
    if width > MOST_SIDE || height > MOST_SIDE || u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(too_many_pixels());
    }
    decoder.set_limits(limits()).map_err(|error| unusable(&error))?;
    let orientation = decoder.orientation().map_err(|error| unusable(&error))?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|error| unusable(&error))?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MOST_SIDE);
    limits.max_image_height = Some(MOST_SIDE);
    limits.max_alloc = Some(MOST_ALLOCATED);
    limits
}

fn encode(picture: &DynamicImage) -> Result<Bytes, ImageError> {
    let mut bytes = Vec::new();
    if picture.color().has_alpha() && picture.pixels().any(|(_, _, pixel)| pixel.0[3] < u8::MAX) {
        picture.to_rgba8().write_with_encoder(PngEncoder::new(&mut bytes))?;
    } else {
        picture.to_rgb8().write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY))?;
    }
    Ok(bytes.into())
}

fn unusable(error: &ImageError) -> Error {
    match error {
        ImageError::Limits(limit) if matches!(limit.kind(), LimitErrorKind::DimensionError) => too_many_pixels(),
        _ => Error::invalid("picture", "invalid", "The picture cannot be read."),
    }
}

fn too_many_pixels() -> Error {
    Error::invalid("picture", "out_of_range", "At most 40 megapixels, and 12,000 pixels along a side.")
}

/// The media type of a picture of ours.
pub fn media_type(bytes: &[u8]) -> &'static str {
    image::guess_format(bytes).map_or("application/octet-stream", |format| format.to_mime_type())
}

/// Whether `If-None-Match` names this tag (RFC 9110, section 13.1.2).
pub fn is_current(request: &HttpRequest, tag: &str) -> bool {
    let named = request.headers().get_all(header::IF_NONE_MATCH).filter_map(|value| value.to_str().ok());
    named
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|named| named == "*" || named.strip_prefix("W/").unwrap_or(named) == tag)
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage, Rgba, RgbaImage};

    use super::*;

    fn png(picture: &DynamicImage) -> Vec<u8> {
        let mut bytes = Vec::new();
        picture.write_with_encoder(PngEncoder::new(&mut bytes)).expect("encoded");
        bytes
    }

    #[test]
    fn a_wide_picture_becomes_its_middle_square() {
        let wide = RgbImage::from_fn(900, 300, |x, _| match x / 300 {
            1 => Rgb([0, 200, 0]),
            _ => Rgb([200, 0, 0]),
        });
        let avatar = avatar(&png(&wide.into())).expect("an avatar");
        assert_eq!(media_type(&avatar), "image/jpeg");
        let seen = image::load_from_memory(&avatar).expect("readable");
        assert_eq!(seen.dimensions(), (256, 256));
        let Rgba([red, green, _, _]) = seen.get_pixel(20, 128);
        assert!(green > 150 && red < 60, "{red} {green}");
    }

    #[test]
    fn transparency_is_kept() {
        let clear = RgbaImage::from_pixel(10, 10, Rgba([1, 2, 3, 0]));
        let avatar = avatar(&png(&clear.into())).expect("an avatar");
        assert_eq!(media_type(&avatar), "image/png");
    }

    /// A JPEG whose EXIF says that it lies on its side (orientation 6: turn it by 90° clockwise).
    #[test]
    fn a_picture_stands_as_its_camera_says() {
        let lying = RgbImage::from_fn(64, 64, |_, y| if y < 32 { Rgb([250, 0, 0]) } else { Rgb([0, 0, 250]) });
        let mut jpeg = Vec::new();
        lying.write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, 95)).expect("encoded");
        let exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
        let length = u16::try_from(exif.len() + 2).expect("short").to_be_bytes();
        let segment = [&[0xff, 0xe1], &length[..], exif].concat();
        jpeg.splice(2..2, segment);
        let seen = image::load_from_memory(&avatar(&jpeg).expect("an avatar")).expect("readable");
        let Rgba([red, _, blue, _]) = seen.get_pixel(230, 128);
        assert!(red > 200 && blue < 60, "what was above is on the right: {red} {blue}");
    }

    #[test]
    fn what_is_no_picture_is_refused_by_its_content() {
        for other in [&b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>"[..], b"<html></html>", b"", b"BM123456"] {
            assert!(matches!(avatar(other), Err(Error::UnsupportedMediaType(_))));
        }
        let broken = &png(&RgbImage::new(64, 64).into())[..60];
        assert!(matches!(avatar(broken), Err(Error::Invalid(_))));
    }

    /// A PNG of a few hundred bytes that claims to be 60,000 × 60,000 pixels.
    #[test]
    fn a_bomb_is_refused_by_its_header() {
        let mut bomb = png(&RgbImage::new(8, 8).into());
        bomb[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
        let crc = crc32(&bomb[12..29]);
        bomb[29..33].copy_from_slice(&crc.to_be_bytes());
        let Err(Error::Invalid(errors)) = avatar(&bomb) else { panic!("taken") };
        assert_eq!(errors[0].code, "out_of_range");
    }

    /// As in ISO 3309, bit by bit.
    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
        })
    }
}
