//! Splits HTML source into tags and text in one linear pass, whatever the source is.
//! It decides nothing about safety: the sanitiser parses whatever comes out of it again.

/// Elements whose content is never markup and never visible: skipped up to their end tag.
const RAW_TEXT: [&str; 9] =
    ["script", "style", "title", "textarea", "iframe", "noembed", "noframes", "noscript", "xmp"];

/// One tag or one stretch of text, borrowed from the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    Start {
        name: &'a str,
        attributes: &'a str,
    },
    End {
        name: &'a str,
    },
    /// Text as written: character references are not decoded.
    Text(&'a str),
}

/// The tokens of one source, in order.
pub(super) struct Tokens<'a> {
    source: &'a str,
    at: usize,
}

/// The attributes of one start tag as `(name, value)`, both as written.
pub(super) struct Attributes<'a> {
    source: &'a str,
    at: usize,
}

impl<'a> Tokens<'a> {
    pub(super) const fn of(source: &'a str) -> Self {
        Self { source, at: 0 }
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.source.as_bytes().get(at).copied()
    }

    fn slice(&self, from: usize, to: usize) -> &'a str {
        self.source.get(from..to).unwrap_or_default()
    }

    fn rest_as_text(&mut self) -> Token<'a> {
        let from = std::mem::replace(&mut self.at, self.source.len());
        Token::Text(self.slice(from, self.source.len()))
    }

    fn text(&mut self) -> Token<'a> {
        let from = self.at;
        let next = self.source.as_bytes()[from + 1..].iter().position(|byte| *byte == b'<');
        self.at = next.map_or(self.source.len(), |offset| from + 1 + offset);
        Token::Text(self.slice(from, self.at))
    }

    fn tag(&mut self, name_at: usize) -> Option<(&'a str, &'a str)> {
        let bytes = self.source.as_bytes();
        let name_end = bytes[name_at..]
            .iter()
            .position(|byte| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>'))
            .map(|offset| name_at + offset)?;
        let mut attributes = Attributes { source: self.source, at: name_end };
        while attributes.next().is_some() {}
        if self.byte(attributes.at) != Some(b'>') {
            return None;
        }
        self.at = attributes.at + 1;
        Some((self.slice(name_at, name_end), self.slice(name_end, attributes.at)))
    }

    fn skip_comment(&mut self) {
        let bytes = self.source.as_bytes();
        let dashed = self.slice(self.at + 2, self.at + 4) == "--";
        let mut from = self.at + 2;
        let opening = self.at + 4;
        self.at = loop {
            let Some(offset) = bytes[from..].iter().position(|byte| *byte == b'>') else {
                break bytes.len();
            };
            let end = from + offset;
            let closes = !dashed
                || (end >= opening && bytes[..end].ends_with(b"--"))
                || (end >= opening + 3 && bytes[..end].ends_with(b"--!"));
            if closes {
                break end + 1;
            }
            from = end + 1;
        };
    }

    fn skip_raw_text(&mut self, name: &str) {
        let bytes = self.source.as_bytes();
        let mut from = self.at;
        self.at = loop {
            let Some(offset) = bytes[from..].iter().position(|byte| *byte == b'<') else {
                break bytes.len();
            };
            let open = from + offset;
            let after = open + 2 + name.len();
            let ends = self.byte(open + 1) == Some(b'/')
                && bytes.get(open + 2..after).is_some_and(|end| end.eq_ignore_ascii_case(name.as_bytes()))
                && self
                    .byte(after)
                    .is_none_or(|byte| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>'));
            if ends {
                break open;
            }
            from = open + 1;
        };
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let first = self.byte(self.at)?;
            if first != b'<' {
                return Some(self.text());
            }
            match (self.byte(self.at + 1), self.byte(self.at + 2)) {
                (Some(b'/'), Some(letter)) if letter.is_ascii_alphabetic() => {
                    let Some((name, _)) = self.tag(self.at + 2) else {
                        return Some(self.rest_as_text());
                    };
                    return Some(Token::End { name });
                }
                (Some(letter), _) if letter.is_ascii_alphabetic() => {
                    // A tag that never ends is text, all of it: looking again at each later `<` would be quadratic.
                    let Some((name, attributes)) = self.tag(self.at + 1) else {
                        return Some(self.rest_as_text());
                    };
                    if RAW_TEXT.iter().any(|raw| raw.eq_ignore_ascii_case(name)) {
                        self.skip_raw_text(name);
                    }
                    return Some(Token::Start { name, attributes });
                }
                (Some(b'!' | b'?'), _) | (Some(b'/'), Some(_)) => self.skip_comment(),
                _ => return Some(self.text()),
            }
        }
    }
}

impl<'a> Attributes<'a> {
    pub(super) const fn of(source: &'a str) -> Self {
        Self { source, at: 0 }
    }

    fn skip(&mut self, skipped: impl Fn(u8) -> bool) -> &'a str {
        let from = self.at;
        let bytes = self.source.as_bytes();
        while bytes.get(self.at).is_some_and(|byte| skipped(*byte)) {
            self.at += 1;
        }
        self.source.get(from..self.at).unwrap_or_default()
    }

    fn value(&mut self) -> &'a str {
        let quote = match self.source.as_bytes().get(self.at) {
            Some(quote @ (b'"' | b'\'')) => *quote,
            _ => return self.skip(|byte| !byte.is_ascii_whitespace() && byte != b'>'),
        };
        self.at += 1;
        let value = self.skip(|byte| byte != quote);
        self.at = self.source.len().min(self.at + 1);
        value
    }
}

/// Stops at the `>` of the tag (or the end of the source), leaving `at` on it.
impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<(&'a str, &'a str)> {
        self.skip(|byte| byte.is_ascii_whitespace() || byte == b'/');
        if matches!(self.source.as_bytes().get(self.at), None | Some(b'>')) {
            return None;
        }
        let from = self.at;
        self.at += 1; // a name may begin with `=`
        self.skip(|byte| !byte.is_ascii_whitespace() && !matches!(byte, b'/' | b'>' | b'='));
        let name = self.source.get(from..self.at).unwrap_or_default();
        let name_end = self.at;
        self.skip(|byte| byte.is_ascii_whitespace());
        if self.source.as_bytes().get(self.at) != Some(&b'=') {
            self.at = name_end;
            return Some((name, ""));
        }
        self.at += 1;
        self.skip(|byte| byte.is_ascii_whitespace());
        Some((name, self.value()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(source: &str) -> Vec<Token<'_>> {
        Tokens::of(source).collect()
    }

    #[test]
    fn splits_tags_text_and_skips_what_is_not_shown() {
        assert_eq!(
            tokens("a<b>c</B x><!-- <i> -->d<script>if (a<b) '</div>'</script>e"),
            [
                Token::Text("a"),
                Token::Start { name: "b", attributes: "" },
                Token::Text("c"),
                Token::End { name: "B" },
                Token::Text("d"),
                Token::Start { name: "script", attributes: "" },
                Token::End { name: "script" },
                Token::Text("e"),
            ]
        );
        assert_eq!(
            tokens("<!-->a<!--->b<!-- x --!>c<!doctype html>d</ x>e"),
            ["a", "b", "c", "d", "e"].map(Token::Text)
        );
    }

    #[test]
    fn what_is_no_tag_stays_text() {
        assert_eq!(tokens("1 < 2"), [Token::Text("1 "), Token::Text("< 2")]);
        assert_eq!(tokens("x <y and z"), [Token::Text("x "), Token::Text("<y and z")]);
        assert_eq!(tokens("<"), [Token::Text("<")]);
        assert_eq!(tokens("</"), [Token::Text("</")]);
    }

    #[test]
    fn reads_attributes_in_every_quoting() {
        let source = r#" a=1 b = "2 > 3" c='4' d /e=5/ ="#;
        let read: Vec<_> = Attributes::of(source).collect();
        assert_eq!(read, [("a", "1"), ("b", "2 > 3"), ("c", "4"), ("d", ""), ("e", "5/"), ("=", "")]);
    }

    #[test]
    fn no_source_reads_past_its_end() {
        for source in [
            "<a", "<a ", "<a b", "<a b=", "<a b='", "<a b='c", "</a", "<!", "<!-", "<!--", "<script",
            "<script>", "<é",
        ] {
            let _ = tokens(source);
        }
    }
}
