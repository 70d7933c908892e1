//! Instants, cut to milliseconds when made.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// An instant in UTC, in milliseconds since 1970. Travels as RFC 3339 with three digits (`2026-11-21T18:57:00.123Z`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime, examples("2026-11-21T18:57:00.123Z")))]
pub struct Timestamp(i64);

impl Timestamp {
    /// From milliseconds since 1970, kept within the years that RFC 3339 can write.
    #[must_use]
    pub fn from_millis(millis: i64) -> Self {
        Self(millis.clamp(-62_135_596_800_000, 253_402_207_199_999))
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub fn as_millis(self) -> i64 {
        self.0
    }
}

/// The form of a timestamp's text.
type Text = [u8; "0000-00-00T00:00:00.000Z".len()];

impl Timestamp {
    /// Its text, without the machinery of `fmt`: there are two in each message that is sent.
    fn write(self, text: &mut Text) -> &str {
        *text = *b"0000-00-00T00:00:00.000Z";
        let (year, month, day) = date(self.0.div_euclid(DAY));
        let of_day = self.0.rem_euclid(DAY);
        let (hour, minute, second) = (of_day / HOUR, of_day / MINUTE % 60, of_day / SECOND % 60);
        let numbers = [(year, 0..4), (month, 5..7), (day, 8..10), (hour, 11..13), (minute, 14..16), (second, 17..19)];
        for (mut number, place) in numbers.into_iter().chain([(of_day % SECOND, 20..23)]) {
            for digit in text[place].iter_mut().rev() {
                *digit += u8::try_from(number % 10).unwrap_or_default();
                number /= 10;
            }
        }
        str::from_utf8(text).unwrap_or_default()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.write(&mut Text::default()))
    }
}

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Dates by arithmetic: days count from 0000-03-01, so that the leap day is a year's last, and 400 years are one era of
/// [`ERA`] days (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms"). 1970-01-01 is day [`EPOCH`].
const ERA: i64 = 146_097;
const EPOCH: i64 = 719_468;

/// Year, month and day of a day, counted from 1970-01-01, in the proleptic Gregorian calendar.
fn date(day: i64) -> (i64, i64, i64) {
    let day = day + EPOCH;
    let (era, of_era) = (day.div_euclid(ERA), day.rem_euclid(ERA));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / (ERA - 1)) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (era * 400 + year + i64::from(month <= 2), month, of_year - (153 * from_march + 2) / 5 + 1)
}

/// The day of a date, counted from 1970-01-01.
fn day_of(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * ERA + of_era * 365 + of_era / 4 - of_era / 100 + of_year - EPOCH
}

/// A text that is no RFC 3339 instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAnInstant;

impl fmt::Display for NotAnInstant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an instant as RFC 3339 writes it (2026-11-21T18:57:00.123Z)")
    }
}

impl std::error::Error for NotAnInstant {}

impl FromStr for Timestamp {
    type Err = NotAnInstant;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).map(Self::from_millis).ok_or(NotAnInstant)
    }
}

/// RFC 3339, section 5.6: any offset, any number of digits of a second (cut to three), and a leap second, which is
/// taken for the one before it.
fn parse(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let number = |from: usize, to: usize| {
        let digits = bytes.get(from..to)?;
        digits.iter().try_fold(0, |all, digit| digit.is_ascii_digit().then(|| all * 10 + i64::from(digit - b'0')))
    };
    let sign = |at: usize, allowed: &[u8]| bytes.get(at).is_some_and(|byte| allowed.contains(byte));
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let signs = sign(4, b"-") && sign(7, b"-") && sign(10, b"Tt ") && sign(13, b":") && sign(16, b":");
    // A day that its month does not have is another date.
    let exists = (1..=12).contains(&month) && date(day_of(year, month, day)) == (year, month, day);
    if !(signs && exists && hour <= 23 && minute <= 59 && second <= 60) {
        return None;
    }
    let fraction = if sign(19, b".") { bytes[20..].iter().take_while(|byte| byte.is_ascii_digit()).count() } else { 0 };
    let zone = if sign(19, b".") { 20 + fraction } else { 19 };
    let millis = match fraction {
        0 if zone == 20 => return None,
        0 => 0,
        digits @ 1..=2 => number(20, 20 + digits)? * if digits == 1 { 100 } else { 10 },
        _ => number(20, 23)?,
    };
    let offset = match (bytes.get(zone)?, bytes.len() - zone) {
        (b'Z' | b'z', 1) => 0,
        (sign @ (b'+' | b'-'), 6) if bytes[zone + 3] == b':' => {
            let (hours, minutes) = (number(zone + 1, zone + 3)?, number(zone + 4, zone + 6)?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            (hours * HOUR + minutes * MINUTE) * if *sign == b'-' { -1 } else { 1 }
        }
        _ => return None,
    };
    let of_day = hour * HOUR + minute * MINUTE + second.min(59) * SECOND + millis;
    Some(day_of(year, month, day) * DAY + of_day - offset)
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.write(&mut Text::default()))
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn travels_with_three_digits() {
        let at = Timestamp::from_millis(1_795_287_420_120);
        assert_eq!(serde_json::to_string(&at).unwrap(), "\"2026-11-21T18:57:00.120Z\"");
        assert_eq!(serde_json::from_str::<Timestamp>("\"2026-11-21T19:57:00.12+01:00\"").unwrap(), at);
    }

    /// Once a month or so, each time at another hour, for all years that can be written.
    #[test]
    fn every_year_is_written_as_jiff_does_and_read_back() {
        let (first, last) = (Timestamp::from_millis(i64::MIN).0, Timestamp::from_millis(i64::MAX).0);
        let step = usize::try_from(30 * DAY + 7_919_017).unwrap();
        for millis in (first..=last).step_by(step).chain([-1, 0, 951_782_400_000, last]) {
            let text = Timestamp(millis).to_string();
            assert_eq!(text, format!("{:.3}", jiff::Timestamp::from_millisecond(millis).unwrap()));
            assert_eq!(text.parse(), Ok(Timestamp(millis)), "{text}");
        }
    }

    #[test]
    fn whatever_rfc_3339_allows_is_read() {
        let at = |millis| Ok(Timestamp(millis));
        for (text, millis) in [
            ("1970-01-01T00:00:00Z", 0),
            ("1970-01-01t00:00:00.5z", 500),
            ("1970-01-01 00:00:00.123456789Z", 123),
            ("1970-01-01T01:30:00.01+01:30", 10),
            ("1969-12-31T23:00:00-01:00", 0),
            ("2016-12-31T23:59:60Z", 1_483_228_799_000),
            ("2024-02-29T00:00:00Z", 1_709_164_800_000),
        ] {
            assert_eq!(text.parse(), at(millis), "{text}");
        }
    }

    #[test]
    fn nothing_else_is_read() {
        for text in [
            "",
            "2026",
            "2026-11-21",
            "2026-11-21T18:57:00",
            "2026-11-21T18:57:00.Z",
            "2026-11-21T18:57:00.12",
            "2026-11-21T18:57:00Zx",
            "2026-11-21T18:57:00+0100",
            "2026-11-21T18:57:00+24:00",
            "2026-11-21T24:00:00Z",
            "2026-11-21T18:60:00Z",
            "2026-11-21T18:57:61Z",
            "2026-02-29T00:00:00Z",
            "2026-04-31T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-01-00T00:00:00Z",
            "+026-01-01T00:00:00Z",
            "2026-1x-01T00:00:00Z",
            "2026-11-21T18:57:00é",
            "20261121T185700Z",
        ] {
            assert_eq!(text.parse::<Timestamp>(), Err(NotAnInstant), "{text}");
        }
    }
}
