/** The style of the documentation page. */
export const docsStyle = `
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#5d6673;--paper:#fff;--back:#f6f7f9;--line:#e1e4e9;--mark:#2f5fd0;--get:#1d6f42;--post:#2f5fd0;--put:#8a5a00;--delete:#b3261e}
@media (prefers-color-scheme:dark){:root{--ink:#e7eaef;--soft:#9aa4b1;--paper:#16181c;--back:#1c1f24;--line:#2d323a;--mark:#85a8ff;--get:#6fcf97;--post:#85a8ff;--put:#e2b04a;--delete:#ff8a80}}
*{box-sizing:border-box}html{scroll-behavior:smooth;scroll-padding-top:1rem}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
body{margin:0;display:grid;grid-template-columns:19rem minmax(0,1fr);background:var(--paper);color:var(--ink);font:1rem/1.55 system-ui,sans-serif}
nav{position:sticky;top:0;height:100vh;overflow:auto;padding:1.5rem 1rem;background:var(--back);border-right:1px solid var(--line);font-size:.8125rem}
nav h2{font-size:.8125rem;margin:1.25rem 0 .25rem}nav ul{list-style:none;margin:0;padding:0}nav li a{display:block;padding:.1rem 0;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
nav a{color:inherit;text-decoration:none}nav a:hover{color:var(--mark)}.home{font-weight:700;font-size:1rem}
main{padding:2.5rem clamp(1rem,4vw,4rem);max-width:60rem}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:1rem;z-index:1;padding:.5rem 1rem;background:var(--paper);border-radius:6px}
h1{font-size:1.75rem;margin:0 0 .5rem}section>h2{margin:3rem 0 .25rem;font-size:1.375rem}
section>p,header p{color:var(--soft)}a{color:var(--mark)}
article{border-top:1px solid var(--line);padding:1.25rem 0}article p{margin:.25rem 0 .75rem}h3{margin:0;font-size:1rem;font-weight:500}
code{font:.875em ui-monospace,SFMono-Regular,Consolas,monospace}h3 code{font-size:1rem}
b.GET{color:var(--get)}b.POST{color:var(--post)}b.PUT,b.PATCH{color:var(--put)}b.DELETE{color:var(--delete)}
nav b{display:inline-block;width:3.25rem;font-size:.6875rem;letter-spacing:.03em}
dl{display:grid;grid-template-columns:5.5rem minmax(0,1fr);gap:.25rem 1rem;margin:0;font-size:.875rem}dt{color:var(--soft)}dd{margin:0}
.codes code{display:inline-block;margin:0 .35rem .2rem 0;padding:0 .35rem;border:1px solid var(--line);border-radius:4px}
table{border-collapse:collapse;width:100%;font-size:.875rem}td,th{padding:.3rem .75rem .3rem 0;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}td i{color:var(--soft);font-size:.8em}code,td,dd{overflow-wrap:anywhere}td:first-child{min-width:9rem}
pre{margin:.1rem 0 .25rem;padding:.6rem .75rem;overflow-x:auto;background:var(--back);border-radius:6px;font:.8125rem/1.45 ui-monospace,SFMono-Regular,Consolas,monospace;white-space:pre-wrap;overflow-wrap:anywhere}
details{border-top:1px solid var(--line);padding:.5rem 0}summary{cursor:pointer;font-weight:600}details table{margin:.5rem 0 1rem}details div{scroll-margin-top:4rem}details div:target{outline:2px solid var(--mark);outline-offset:6px;border-radius:4px}
@media (max-width:50rem){body{display:block}nav{position:static;height:auto;border-right:0;border-bottom:1px solid var(--line)}nav ul{display:none}nav{display:flex;flex-wrap:wrap;gap:.25rem 1rem;padding:1rem}nav h2{margin:0;font-weight:500}nav h2 a{display:block;padding:.25rem 0}.home{flex-basis:100%}dl{grid-template-columns:minmax(0,1fr);gap:.1rem}dd+dt{margin-top:.4rem}}
`
