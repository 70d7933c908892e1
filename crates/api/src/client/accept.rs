//! Which codings a client takes (RFC 9110, section 12.5.3).

/// A coding that the client's files come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    Brotli,
    Gzip,
}

impl Coding {
    /// The name in `Content-Encoding`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    /// What a compressed file's name ends in.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gz",
        }
    }

    /// What the header accepts, the smaller coding first: a browser that takes both says so without a preference.
    pub fn accepted(header: &str) -> Vec<Self> {
        [Self::Brotli, Self::Gzip].into_iter().filter(|coding| takes(header, coding.name())).collect()
    }
}

fn takes(header: &str, name: &str) -> bool {
    let entries = header.split(',').map(|entry| {
        let mut parts = entry.split(';').map(str::trim);
        let coding = parts.next().unwrap_or_default();
        let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(Ok(1.0), str::parse::<f32>);
        (coding, weight.is_ok_and(|weight| weight > 0.0))
    });
    let named: Vec<_> = entries.filter(|(coding, _)| coding.eq_ignore_ascii_case(name)).collect();
    named.iter().any(|(_, wanted)| *wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_count() {
        assert_eq!(Coding::accepted("gzip, deflate, br"), [Coding::Brotli, Coding::Gzip]);
        assert_eq!(Coding::accepted("gzip;q=0.5, br;q=0"), [Coding::Gzip]);
        assert_eq!(Coding::accepted("GZIP"), [Coding::Gzip]);
        assert!(Coding::accepted("").is_empty());
        assert!(Coding::accepted("identity, gzip;q=nonsense").is_empty());
    }
}
