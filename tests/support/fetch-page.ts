import { request } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';

export interface Page {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface PageRequest {
  /** `fetch` does not let a caller set it. */
  readonly host: string;
  /** Sent as a browser sends a form; nothing: the page is looked at. */
  readonly form?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Asks for a page as a browser does. */
export function fetchPage(url: string, { host, form, headers = {} }: PageRequest): Promise<Page> {
  const all = {
    Host: host,
    Accept: 'text/html',
    ...(form !== undefined && { 'Content-Type': 'application/x-www-form-urlencoded' }),
    ...headers,
  };
  return new Promise((resolve, reject) => {
    const method = form === undefined ? 'GET' : 'POST';
    const sent = request(url, { method, headers: all, agent: false }, (response) => {
      text(response).then(
        (body) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
        reject,
      );
    });
    sent.on('error', reject);
    sent.end(form);
  });
}

/** What the form of a consent page sends. */
export function formOf(page: string): string {
  const fields = [...page.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)">/g)];
  const sent = new URLSearchParams();
  for (const [, name = '', value = ''] of fields) sent.append(name, unescaped(value));
  return sent.toString();
}

function unescaped(markup: string): string {
  return markup.replaceAll(/&#(\d+);/g, (_found, code: string) => String.fromCharCode(Number(code)));
}
