//! Medians and percentiles.

use std::time::Duration;

/// The median; not a number for no values.
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        even if even % 2 == 0 => f64::midpoint(values[middle - 1], values[middle]),
        _ => values[middle],
    }
}

/// The nearest-rank percentile of ascending durations, in milliseconds; not a number for none.
pub fn percentile_ms(ascending: &[Duration], per_cent: usize) -> f64 {
    let rank = (ascending.len() * per_cent).div_ceil(100).max(1);
    ascending.get(rank - 1).map_or(f64::NAN, |duration| millis(*duration))
}

pub fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_number_is_between() {
        assert!((median([4.0, 1.0, 3.0]) - 3.0).abs() < f64::EPSILON);
        assert!((median([4.0, 1.0, 3.0, 2.0]) - 2.5).abs() < f64::EPSILON);
        assert!(median([]).is_nan());
    }

    #[test]
    fn percentiles_are_values_that_were_seen() {
        let hundred: Vec<Duration> = (1..=100).map(Duration::from_millis).collect();
        let at = |per_cent| percentile_ms(&hundred, per_cent);
        assert!([(50, 50.0), (99, 99.0), (100, 100.0), (0, 1.0)].iter().all(|(p, ms)| (at(*p) - ms).abs() < 1e-9));
        assert!(percentile_ms(&[], 50).is_nan());
    }
}
