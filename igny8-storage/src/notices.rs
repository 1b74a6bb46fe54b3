//! News as text: one notice a line.

use igny8_core::ports::Notice;

/// The lines of some notices, in parts of at most so many bytes.
pub(crate) fn written(notices: &[Notice], most: usize) -> Vec<String> {
    let mut parts = Vec::new();
    let mut part = String::new();
    for notice in notices {
        let line = notice.to_string();
        if !part.is_empty() && part.len() + 1 + line.len() > most {
            parts.push(std::mem::take(&mut part));
        }
        if !part.is_empty() {
            part.push('\n');
        }
        part.push_str(&line);
    }
    parts.push(part);
    parts
}

/// The notices of a text. What another release may have added is passed over.
pub(crate) fn read(text: &str) -> Vec<Notice> {
    text.lines().filter_map(|line| line.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use igny8_core::ids::RunId;

    use super::*;

    #[test]
    fn parts_hold_every_notice_and_keep_to_their_size() {
        let mut notices: Vec<Notice> = (0..300).map(|_| Notice::RunChanged(RunId::new())).collect();
        notices.push(Notice::WorkArrived);
        let parts = written(&notices, 7_000);
        assert!(parts.len() > 1 && parts.iter().all(|part| part.len() <= 7_000));
        let back: Vec<Notice> = parts.iter().flat_map(|part| read(part)).collect();
        assert_eq!(back, notices);
    }

    #[test]
    fn unknown_lines_are_passed_over() {
        assert_eq!(read("work\npaused:12\n\ncancel:x\nmissed"), [Notice::WorkArrived, Notice::Missed]);
    }
}
