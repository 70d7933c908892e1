//! Bytes by their content.

#[cfg(test)]
mod contract;
mod disk;
mod s3;

pub use self::s3::{S3Blobs, S3Config};
pub use disk::DiskBlobs;
