import { createHash } from 'node:crypto';

/** One column that a phone shows whole, large enough to tap, in the colors that the reader's system wants. */
export const PAGE_STYLE = `:root{color-scheme:light dark}
*{box-sizing:border-box}
body{margin:0;font:1.0625rem/1.6 system-ui,sans-serif;color:CanvasText;background:Canvas;overflow-wrap:break-word}
main,header{max-width:44rem;margin:0 auto;padding:0 1rem}
header{padding-top:1.5rem}
h1{font-size:1.75rem;line-height:1.25;margin:.5rem 0}
h2,h3,h4,h5,h6{line-height:1.3;margin:1.75rem 0 .5rem}
.about{margin:0;opacity:.8}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1rem;list-style:none;margin:0;padding:0}
nav a,nav span{display:inline-block;padding:.5rem 0}
table{border-collapse:collapse;display:block;overflow-x:auto}
td,th{border:1px solid GrayText;padding:.25rem .5rem;text-align:start}
pre{overflow-x:auto}
form,.agreed{border-top:1px solid GrayText;margin:2rem 0;padding:1rem 0 2rem}
button,.button{display:inline-block;font:inherit;font-weight:600;min-height:3rem;padding:.5rem 2rem;border:2px solid transparent;
border-radius:.5rem;color:#fff;background:#1a5fb4;cursor:pointer;text-decoration:none}
:focus-visible{outline:3px solid #1a5fb4;outline-offset:3px}
@media (max-width:30rem){button,.button{width:100%;text-align:center}}
@media (prefers-color-scheme:dark){a{color:#8ab8ff}:focus-visible{outline-color:#8ab8ff}}`;

const styleHash = createHash('sha256').update(PAGE_STYLE).digest('base64');
const COMMON = `default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;

/** Pages of ours: no scripts, nothing loaded, this style alone. */
export const PAGE_POLICY = `${COMMON}; style-src 'sha256-${styleHash}'`;

/** Pages that an operator wrote whole: styles of their own and images within them, no scripts, nothing loaded. */
export const TEMPLATE_POLICY = `${COMMON}; style-src 'unsafe-inline'; img-src data:`;
