//! Bytes by their content.

#[cfg(test)]
mod contract;
mod disk;

pub use disk::DiskBlobs;
