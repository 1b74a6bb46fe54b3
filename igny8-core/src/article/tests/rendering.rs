//! The standalone page: complete, closed to everything foreign, and right in its details.

use base64::Engine as _;
use sha2::{Digest, Sha256};

use crate::article::{ArticlePage, render_page};

const PAGE: ArticlePage<'_> = ArticlePage {
    title: "Soil & <water>",
    meta_title: "",
    meta_description: "",
    language: "pt_BR",
    html: "<p>x</p>",
    featured_image: None,
    generator_note: None,
};

#[test]
fn the_policy_allows_exactly_the_page_s_own_style() {
    let html = render_page(&PAGE);
    let style = html.split_once("<style>").and_then(|(_, rest)| rest.split_once("</style>")).unwrap().0;
    let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(style.as_bytes()));
    assert!(html.contains(&format!("style-src 'sha256-{hash}'")), "sha256-{hash}");
    assert!(!style.contains('<') && !style.contains("url(") && !style.contains("@import"));
}

#[test]
fn texts_are_escaped_and_empty_ones_left_out() {
    let html = render_page(&PAGE);
    assert!(html.contains("<title>Soil &amp; &lt;water&gt;</title>"));
    assert!(html.contains("<h1>Soil &amp; &lt;water&gt;</h1>"));
    assert!(html.contains("<html lang=\"pt-BR\">"));
    for absent in ["description", "<figure", "<footer", "<script"] {
        assert!(!html.contains(absent), "{absent}");
    }
}

#[test]
fn languages_set_the_direction_and_nonsense_sets_none() {
    for (language, expected) in [
        ("en", "<html lang=\"en\">"),
        ("ar-EG", "<html lang=\"ar-EG\" dir=\"rtl\">"),
        ("", "<html>"),
        ("English", "<html>"),
        ("e\"n", "<html>"),
    ] {
        assert!(render_page(&ArticlePage { language, ..PAGE }).contains(expected), "{language}");
    }
}

#[test]
fn a_repeated_title_is_shown_once() {
    let html = render_page(&ArticlePage { html: "<h1>soil &amp; &lt;water&gt;</h1><p>x</p>", ..PAGE });
    assert_eq!(html.matches("<h1>").count(), 1);
    let html = render_page(&ArticlePage { html: "<h1>Other</h1><p>x</p>", ..PAGE });
    assert_eq!(html.matches("<h1>").count(), 2);
}

#[test]
fn images_and_notes_are_shown() {
    let html = render_page(&ArticlePage {
        featured_image: Some(("https://example.com/a.png?b=1&c", "A \"b\"")),
        generator_note: Some("Made <here>"),
        ..PAGE
    });
    assert!(
        html.contains("<img src=\"https://example.com/a.png?b=1&amp;c\" alt=\"A &quot;b&quot;\">"),
        "{html}"
    );
    assert!(html.contains("<p>Made &lt;here&gt;</p>"));
    assert!(
        !render_page(&ArticlePage { featured_image: Some(("data:image/png,x", "")), ..PAGE })
            .contains("<img")
    );
}
