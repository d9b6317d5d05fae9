/** The one style sheet of all pages: the reader's own colours and fonts, narrow enough to read. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ink: light-dark(#1b1f24, #e6e8eb);
  --soft: light-dark(#59636e, #9aa4af);
  --paper: light-dark(#ffffff, #15181c);
  --tint: light-dark(#f5f6f8, #1e2228);
  --line: light-dark(#d8dde3, #333a42);
  --accent: light-dark(#0b57d0, #8ab4f8);
  --good: light-dark(#1a6e35, #7bd695);
  --bad: light-dark(#b3261e, #f2a19b);
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.6 system-ui, sans-serif; overflow-wrap: anywhere; }
main, header, footer { max-width: 46rem; margin: 0 auto; padding: 0 1rem; }
main.wide { max-width: 70rem; }
header { padding-top: 1.5rem; }
main header { padding: 1.5rem 0 0; }
footer { padding: 2rem 1rem; color: var(--soft); font-size: .875rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: .25rem 0; }
h2 { font-size: 1.2rem; line-height: 1.3; margin: 2rem 0 .5rem; }
h3 { font-size: 1.05rem; margin: 1.25rem 0 .25rem; }
a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
p { margin: .5rem 0; }
code, pre { font: .875em/1.5 ui-monospace, monospace; background: var(--tint); border-radius: 4px; }
code { padding: .1em .3em; }
pre { padding: .75rem; white-space: pre-wrap; border: 1px solid var(--line); }
pre code { padding: 0; background: none; }
blockquote { margin: .5rem 0; padding-left: 1rem; border-left: 3px solid var(--line); color: var(--soft); }
ul, ol { padding-left: 1.5rem; }
.soft { color: var(--soft); font-size: .875rem; }
.message { border-top: 1px solid var(--line); padding: 1rem 0; }
.message .who { font-weight: 600; margin-right: .5rem; }
.card { border: 1px solid var(--line); border-radius: 8px; padding: .75rem 1rem; margin: 1rem 0; background: var(--tint); }
.card h3 { margin-top: 0; }
.badge { display: inline-block; border: 1px solid var(--line); border-radius: 1em; padding: 0 .6em; font-size: .8125rem; margin: 0 .25rem .25rem 0; background: var(--paper); }
.good { color: var(--good); }
.bad { color: var(--bad); }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1rem; border-bottom: 1px solid var(--line); padding-bottom: .75rem; margin: .5rem 0 1rem; }
nav a[aria-current] { font-weight: 600; color: var(--ink); text-decoration: none; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9375rem; }
th, td { text-align: left; padding: .4rem .75rem .4rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--soft); font-weight: 600; }
th, td { overflow-wrap: break-word; }
td:last-child { overflow-wrap: anywhere; }
td.number { overflow-wrap: normal; }
td time span { white-space: nowrap; }
@media (max-width: 30rem) { table { font-size: .8125rem; } th, td { padding-right: .5rem; } }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
label { display: block; font-size: .875rem; color: var(--soft); }
input, select, textarea { font: inherit; font-size: 1rem; color: var(--ink); background: var(--paper); border: 1px solid var(--line); border-radius: 6px; padding: .4rem .6rem; max-width: 100%; }
button { font: inherit; font-weight: 600; border: 1px solid transparent; border-radius: 6px; padding: .5rem .9rem; background: var(--accent); color: var(--paper); cursor: pointer; }
button.danger { background: var(--bad); }
.button { font-weight: 600; border-radius: 6px; padding: .5rem 1rem; text-decoration: none; }
.plain { background: var(--tint); color: var(--ink); border: 1px solid var(--line); }
.small { font-size: .875rem; padding: .25rem .6rem; }
header.wide { max-width: 70rem; }
.bar { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: center; gap: .25rem 1rem; }
.brand { font-weight: 700; color: var(--ink); text-decoration: none; }
nav a { padding: .3rem 0; }
.notice { border: 1px solid currentColor; border-radius: 6px; padding: .6rem .9rem; background: var(--tint); }
.list { list-style: none; padding: 0; }
.list > li { padding: .6rem 0; border-bottom: 1px solid var(--line); }
.row { display: flex; flex-wrap: wrap; gap: .75rem; align-items: end; margin: 1rem 0; }
.row form { margin: 0; }
.fields { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr)); gap: 1rem; align-items: start; }
.whole { grid-column: 1 / -1; }
.fields input, .fields select, .fields textarea { display: block; width: 100%; margin-top: .2rem; }
.row label { flex: 0 1 22rem; }
.row label input, .row label select { display: block; width: 100%; margin-top: .2rem; }
input, select, button { min-height: 2.5rem; }
.small { min-height: 2rem; }
small { display: block; color: var(--soft); font-size: .8125rem; }
summary { cursor: pointer; color: var(--accent); padding: .25rem 0; }
details.danger summary { color: var(--bad); }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); gap: 1.5rem; }
.chart { margin: 0; }
.chart svg { display: block; width: 100%; height: 9rem; }
.chart rect { fill: var(--accent); }
.chart .axis { stroke: var(--line); stroke-width: 1; }
.ends { display: flex; justify-content: space-between; }
`;
