//! Which parts of a found text to mark. Pure; no browser.

/// A text in pieces, those that match a word of the query marked; case does not count.
pub fn highlight(text: &str, query: &str) -> Vec<(String, bool)> {
    let words: Vec<Vec<char>> = query
        .split_whitespace()
        .map(|word| word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<Vec<_>>())
        .filter(|word| !word.is_empty())
        .collect();
    let chars: Vec<char> = text.chars().collect();
    // Characters whose lower case is more than one character are compared by the first of them.
    let lower: Vec<char> = chars.iter().map(|c| c.to_lowercase().next().unwrap_or(*c)).collect();
    let mut pieces: Vec<(String, bool)> = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let longest = words.iter().filter(|word| lower[at..].starts_with(word)).map(Vec::len).max();
        let (length, marked) = longest.map_or((1, false), |length| (length, true));
        let piece: String = chars[at..at + length].iter().collect();
        match pieces.last_mut() {
            Some((last, same)) if *same == marked => last.push_str(&piece),
            _ => pieces.push((piece, marked)),
        }
        at += length;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::highlight;

    fn shown(text: &str, query: &str) -> String {
        highlight(text, query)
            .into_iter()
            .map(|(piece, marked)| if marked { format!("[{piece}]") } else { piece })
            .collect()
    }

    #[test]
    fn words_and_parts_of_words_are_marked_whatever_their_case() {
        assert_eq!(shown("The Lamp and the lamplight", "lamp"), "The [Lamp] and the [lamp]light");
        assert_eq!(shown("one two three", "TWO one"), "[one] [two] three");
        assert_eq!(shown("学习小组", "习小"), "学[习小]组");
        assert_eq!(shown("İstanbul, straße", "STRASSE ist"), "[İst]anbul, straße");
        assert_eq!(shown("no match", "\"'"), "no match");
        assert_eq!(shown("", "x"), "");
    }
}
