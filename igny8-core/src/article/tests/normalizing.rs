//! What plain text, Markdown and HTML become.
//! One line of the table is one shape of input.

use crate::article::{extract_body_content, normalize_content, sanitize, to_markdown};

#[test]
fn plain_text_becomes_headings_lists_and_paragraphs() {
    for (input, expected) in [
        ("", ""),
        (" \n ", ""),
        ("Introduction", "<h2>Introduction</h2>"),
        ("Why mulch\nIt keeps water in.", "<h2>Why mulch</h2>\n<p>It keeps water in.</p>"),
        ("What is mulch?\n\nA layer.", "<h2>What is mulch?</h2>\n<p>A layer.</p>"),
        ("It is short.", "<p>It is short.</p>"),
        ("短い文です。", "<p>短い文です。</p>"),
        (
            "Two lines of one paragraph that go on and on until the margin of the page is reached\nand then go on.",
            "<p>Two lines of one paragraph that go on and on until the margin of the page is reached and then go on.</p>",
        ),
        (
            "1. Prepare the soil\n\nDig it over.\n\n2. Plant\n\nWater it.",
            "<h2>1. Prepare the soil</h2>\n<p>Dig it over.</p>\n<h2>2. Plant</h2>\n<p>Water it.</p>",
        ),
        ("1. Prepare the soil.\n\nDig it over.", "<h2>1. Prepare the soil.</h2>\n<p>Dig it over.</p>"),
        ("1.2 Tools\n\nA spade.", "<h3>1.2 Tools</h3>\n<p>A spade.</p>"),
        ("You need:\n1. A spade\n2. A rake", "<p>You need:</p>\n<ol><li>A spade</li><li>A rake</li></ol>"),
        ("You need:\n• A spade\n• A rake", "<p>You need:</p>\n<ul><li>A spade</li><li>A rake</li></ul>"),
        (
            "Roses are red,\nViolets are blue,\nSugar is sweet.",
            "<p>Roses are red,<br>Violets are blue,<br>Sugar is sweet.</p>",
        ),
        ("5 < 6 & \"so\" on, and 7 > 6.", "<p>5 &lt; 6 &amp; \"so\" on, and 7 &gt; 6.</p>"),
        ("2024 was a year.\r\n\r\nSo was 2025.", "<p>2024 was a year.</p>\n<p>So was 2025.</p>"),
        ("In short:\n\nMulch.", "<h2>In short:</h2>\n<p>Mulch.</p>"),
        ("If a<b and c>d, then stop.", "<p>If a&lt;b and c&gt;d, then stop.</p>"),
        ("\u{feff}Title", "<h2>Title</h2>"),
    ] {
        assert_eq!(normalize_content(input), expected, "{input:?}");
    }
}

#[test]
fn markdown_becomes_html() {
    for (input, expected) in [
        (
            "# Title\n\nSome *text* and **more**.",
            "<h1>Title</h1>\n<p>Some <em>text</em> and <strong>more</strong>.</p>",
        ),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        (
            "See [this](https://example.com/a?b=1&c=2).",
            "<p>See <a href=\"https://example.com/a?b=1&amp;c=2\" rel=\"noopener\">this</a>.</p>",
        ),
        (
            "![A rose](/rose.jpg)\n\n**x**",
            "<p><img src=\"/rose.jpg\" alt=\"A rose\"></p>\n<p><strong>x</strong></p>",
        ),
        (
            "a|b\n-|-\n1|2",
            "<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody>\n<tr><td>1</td><td>2</td></tr>\n</tbody></table>",
        ),
        (
            "## Tags\n\n```html\n<div>x</div>\n```",
            "<h2>Tags</h2>\n<pre><code>&lt;div&gt;x&lt;/div&gt;\n</code></pre>",
        ),
        ("## Tags\n\nUse `<div>` here.", "<h2>Tags</h2>\n<p>Use <code>&lt;div&gt;</code> here.</p>"),
        ("```markdown\n## Title\n\nText.\n```", "<h2>Title</h2>\n<p>Text.</p>"),
        ("~~old~~ **new**", "<p><del>old</del> <strong>new</strong></p>"),
    ] {
        assert_eq!(normalize_content(input), expected, "{input:?}");
    }
}

#[test]
fn html_passes_and_is_cleaned() {
    for (input, expected) in [
        ("<h2>A</h2><p>b</p>", "<h2>A</h2>\n<p>b</p>"),
        ("<h2>A</h2>loose <b>text</b><p>b</p>", "<h2>A</h2>\n<p>loose <b>text</b></p>\n<p>b</p>"),
        ("```html\n<p>a</p>\n```", "<p>a</p>"),
        ("```\n<p>a</p>\n```", "<p>a</p>"),
        ("Here you go:\n<html><body><p>a</p></body></html>\nEnjoy!", "<p>a</p>"),
        ("<script>x</script># no heading", "<p># no heading</p>"),
        (
            "Words with <b>inline</b> tags only, and a full stop.",
            "<p>Words with <b>inline</b> tags only, and a full stop.</p>",
        ),
        (
            "<figure><img src=a.png alt=A width=10 height=20% loading=lazy class=x><figcaption>c</figcaption></figure>",
            "<figure><img src=\"a.png\" alt=\"A\" width=\"10\" loading=\"lazy\"><figcaption>c</figcaption></figure>",
        ),
        (
            "<p><a href=mailto:a@b.example target=_blank>m</a></p>",
            "<p><a href=\"mailto:a@b.example\" rel=\"noopener\">m</a></p>",
        ),
        ("<p><a href=javascript:x>m</a></p>", "<p>m</p>"),
        ("<p>a<img src=data:image/png;base64,AA>b</p>", "<p>ab</p>"),
        ("<p><span style=color:red>a</span></p><custom-tag>b</custom-tag>", "<p>a</p>\n<p>b</p>"),
    ] {
        assert_eq!(normalize_content(input), expected, "{input:?}");
    }
}

#[test]
fn a_body_is_extracted_from_its_document() {
    let document = "<!doctype html><html><head><title>T</title><style>p{}</style></head>\
                    <body class=x><main><h1>A</h1><p>b</p></main><script>x</script></body></html>";
    assert_eq!(extract_body_content(document), "<h1>A</h1>\n<p>b</p>");
    assert_eq!(extract_body_content("<p>fragment"), "<p>fragment</p>");
    assert_eq!(extract_body_content("no markup"), "<p>no markup</p>");
    assert_eq!(extract_body_content(""), "");
}

#[test]
fn sanitising_leaves_good_articles_alone() {
    let article = "<h2>A</h2>\n<p>b <strong>c</strong> <a href=\"/d\" rel=\"noopener\">d</a></p>\n<ul>\n<li>e</li>\n</ul>\n\
                   <table><thead><tr><th scope=\"col\">f</th></tr></thead><tbody><tr><td colspan=\"2\">g &amp; h</td></tr></tbody></table>";
    assert_eq!(sanitize(article), article);
}

#[test]
fn html_becomes_markdown() {
    for (html, expected) in [
        ("", ""),
        ("<h2>A</h2><p>b <strong>c</strong> <em>d</em> <code>e`f</code></p>", "## A\n\nb **c** *d* ``e`f``"),
        ("<p>a<br>b</p>", "a\\\nb"),
        ("<ul><li>a<ul><li>b</li></ul></li><li><p>c</p><p>d</p></li></ul>", "- a\n  - b\n- c\n\n  d"),
        ("<ol start=3><li>a</li><li>b</li></ol>", "3. a\n4. b"),
        ("<blockquote><p>a</p><p>b</p></blockquote>", "> a\n>\n> b"),
        ("<p><a href='/x (y)'>a [b]</a></p>", "[a \\[b\\]](/x%20%28y%29)"),
        (
            "<figure><img src=/a.png alt='A *b*'><figcaption>c</figcaption></figure>",
            "![A \\*b\\*](/a.png)\n\nc",
        ),
        (
            "<table><tr><th>a</th><th>b|c</th></tr><tr><td>1</td><td><b>2</b></td></tr></table>",
            "| a | b\\|c |\n| --- | --- |\n| 1 | **2** |",
        ),
        ("<pre><code>a &lt; b\n```\n</code></pre>", "````\na < b\n```\n````"),
        (
            "<p>1. not a list</p><p># not a heading</p><p>*a* &lt;b&gt; &amp;amp;</p>",
            "1\\. not a list\n\n\\# not a heading\n\n\\*a\\* &lt;b> &amp;amp;",
        ),
        ("<p>a</p><hr><p>b</p>", "a\n\n---\n\nb"),
        ("a<b>b<p>c</p>d</b>e", "a\n\nb\n\nc\n\nd\n\ne"),
        ("<dl><dt>a</dt><dd>b</dd></dl>", "**a**\n\nb"),
    ] {
        assert_eq!(to_markdown(html), expected, "{html}");
    }
}
