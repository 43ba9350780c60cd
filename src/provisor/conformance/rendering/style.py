"""The style sheet of the HTML report; colours as variables, so that dark is the same page with other values."""

from __future__ import annotations

from typing import Final

STYLE: Final = """
:root{--ground:#fff;--panel:#f6f7f9;--line:#d9dde3;--ink:#1b1f24;--faint:#57606a;
--good:#176f2c;--bad:#b3261e;--warn:#8a5300;--odd:#6b3fa0}
@media (prefers-color-scheme:dark){:root{--ground:#14171b;--panel:#1d2127;--line:#363c45;--ink:#e7eaee;--faint:#a2abb6;
--good:#6fd08c;--bad:#ff9088;--warn:#f0b95b;--odd:#c3a2f5}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:64rem;padding:1.5rem 1rem 4rem;background:var(--ground);color:var(--ink);
font:16px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.4rem;margin:0}h2{font-size:1.15rem;margin:2.2rem 0 .2rem}
a{color:inherit}
.url{margin:0;font-family:ui-monospace,monospace;overflow-wrap:anywhere}
.about,.when,.source,.cleanup{color:var(--faint);margin:.2rem 0 .6rem}
.source b{color:var(--ink);font-weight:600}
.conclusion{font-size:1.15rem;font-weight:600;margin:.8rem 0 .4rem;padding:.6rem .8rem;border-left:4px solid;
background:var(--panel)}
.good{border-color:var(--good)}.bad{border-color:var(--bad)}
ul{padding:0;margin:0;list-style:none}
.counts{display:flex;flex-wrap:wrap;gap:.3rem 1.2rem}
nav ul{display:grid;grid-template-columns:repeat(auto-fill,minmax(16rem,1fr));gap:.1rem 1rem;margin-top:1rem}
nav li{color:var(--faint)}
details{border:1px solid var(--line);border-radius:6px;margin:.35rem 0;background:var(--panel)}
details[open]{padding:0 .9rem}details[open]>summary{margin:0 -.9rem}
details>:last-child{margin-bottom:.9rem}
summary{cursor:pointer;display:flex;gap:.6rem;padding:.4rem .8rem}
summary::-webkit-details-marker{display:none}summary::marker{content:""}
summary:focus-visible{outline:2px solid var(--ink);outline-offset:1px;border-radius:6px}
.mark{font-weight:700;min-width:1rem;text-align:center}
.why{display:block;color:var(--faint);overflow-wrap:anywhere}
.level{color:var(--faint);font-size:.75rem;letter-spacing:.03em}
.passed .mark,.acceptable .mark,li.passed b,li.acceptable b{color:var(--good)}
.failed .mark,b.failed,li.failed b,.trouble{color:var(--bad)}
.deviation .mark,li.deviation b,li.failed.should b{color:var(--warn)}
.checker-error .mark,li.checker-error b{color:var(--odd)}
li.failed.may b,.skipped .mark,.prepares .mark{color:var(--faint)}
.prepares summary .name{color:var(--faint)}
.assertions{margin:.4rem 0 .8rem}
.assertions li{padding-left:1.4rem;position:relative;overflow-wrap:anywhere}
.assertions li::before{position:absolute;left:0;font-weight:700}
.assertions li.passed::before{content:"✓";color:var(--good)}
.assertions li.failed::before{content:"✗";color:var(--bad)}
.assertions li.failed.should::before{content:"!";color:var(--warn)}
.assertions li.failed.may::before{content:"·";color:var(--faint)}
.assertions li.checker-error::before{content:"?";color:var(--odd)}
.advice{padding:.5rem .7rem;border-left:3px solid var(--warn);background:var(--ground)}
pre{background:var(--ground);border:1px solid var(--line);border-radius:4px;padding:.6rem .7rem;margin:.5rem 0;
max-height:24rem;overflow:auto;font:13px/1.45 ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere}
.left{margin:0 0 .6rem 1rem;list-style:disc}
@media print{details{break-inside:avoid}pre{max-height:none}}
"""
