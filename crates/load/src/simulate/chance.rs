//! Chance by seed: the same numbers from the same seed, on every machine and with every version of every library.

use std::f64::consts::TAU;

/// `SplitMix64` (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// From 0 up to 1.
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// From 0 up to `end`, which is not 0.
    pub fn below(&mut self, end: u32) -> u32 {
        ((u64::from(end) * (self.next() >> 32)) >> 32) as u32
    }

    pub fn happens(&mut self, share: f64) -> bool {
        self.unit() < share
    }

    pub fn exponential(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.unit()).ln()
    }

    /// Box and Muller's.
    pub fn normal(&mut self, mean: f64, deviation: f64) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        mean + deviation * radius * (TAU * self.unit()).cos()
    }

    /// How often something happens that is expected `mean` times: Knuth's way, and a normal one where there are many.
    pub fn poisson(&mut self, mean: f64) -> u32 {
        if mean > 30.0 {
            return self.normal(mean, mean.sqrt()).round().max(0.0) as u32;
        }
        let (end, mut product, mut count) = ((-mean).exp(), self.unit(), 0);
        while product > end {
            product *= self.unit();
            count += 1;
        }
        count
    }

    /// A heavy tail between `least` and `most`: Pareto's distribution, bounded, of exponent `alpha`.
    pub fn pareto(&mut self, least: f64, most: f64, alpha: f64) -> f64 {
        let cut = 1.0 - (least / most).powf(alpha);
        least / (1.0 - cut * self.unit()).powf(1.0 / alpha)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn averages_are_what_they_should_be() {
        let mut chance = Chance::new(7);
        let mut mean =
            |draw: &dyn Fn(&mut Chance) -> f64| (0..20_000).map(|_| draw(&mut chance)).sum::<f64>() / 20_000.0;
        assert!((mean(&Chance::unit) - 0.5).abs() < 0.01);
        assert!((mean(&|c| f64::from(c.below(10))) - 4.5).abs() < 0.1);
        assert!((mean(&|c| c.exponential(3.0)) - 3.0).abs() < 0.1);
        assert!((mean(&|c| c.normal(5.0, 2.0)) - 5.0).abs() < 0.1);
        assert!((mean(&|c| f64::from(c.poisson(2.5))) - 2.5).abs() < 0.1);
        assert!((mean(&|c| f64::from(c.poisson(80.0))) - 80.0).abs() < 0.5);
        let sizes: Vec<f64> = (0..20_000).map(|_| chance.pareto(3.0, 10_000.0, 1.3)).collect();
        assert!(sizes.iter().all(|size| (3.0..=10_000.0).contains(size)));
        let large = sizes.iter().filter(|size| **size > 30.0).count();
        // A tenth of the least size's share to the power of 1.3: one in twenty.
        assert!((900..1_100).contains(&large), "{large}");
    }
}
