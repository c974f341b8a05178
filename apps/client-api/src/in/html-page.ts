import type { FastifyReply } from 'fastify';
import { encodeBase64 } from '@plexus/matrix-base';
import { systemRandomSource } from '@plexus/service-shell';

export interface HtmlPage {
  readonly title: string;
  /** Markup; whatever comes from a request must be escaped. */
  readonly body: string;
  /** A module that runs in the page; nothing from a request may be in it. */
  readonly script?: string;
}

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:26rem;margin:3rem auto;padding:0 1rem}
label{display:block;margin:1rem 0}input{display:block;width:100%;font:inherit;padding:.4rem;box-sizing:border-box}
button{font:inherit;padding:.4rem 1.2rem}[role=alert]{color:#a00}[hidden]{display:none}`;

/** Sends a page that runs its own script only, talks to this server only, and is kept nowhere. */
export function sendPage(reply: FastifyReply, { title, body, script = '' }: HtmlPage): string {
  const nonce = encodeBase64(systemRandomSource.bytes(16));
  const policy = `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'; connect-src 'self'; form-action 'self'; base-uri 'none'`;
  reply.headers({
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': policy,
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
  });
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title>
<style nonce="${nonce}">${STYLE}</style></head>
<body>${body}${script === '' ? '' : `<script type="module" nonce="${nonce}">${script}</script>`}</body>
</html>
`;
}
