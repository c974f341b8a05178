import type { OutboundHttp, RemoteBytes } from '@plexus/remote-servers';

export interface Report {
  readonly url: string;
  /** JSON. */
  readonly body: Uint8Array;
  readonly timeoutMs: number;
}

/** Nobody reads what is answered. */
const MAX_ANSWER_BYTES = 64 * 1024;
const HTTPS_PORT = 443;

/** Puts a report of this deployment to where its operator wants it, through the same door as everything that goes out. */
export class PutReport {
  readonly #http: OutboundHttp;
  readonly #userAgent: string;

  constructor(http: OutboundHttp, userAgent: string) {
    this.#http = http;
    this.#userAgent = userAgent;
  }

  async execute({ url: text, body, timeoutMs }: Report): Promise<RemoteBytes> {
    const url = URL.parse(text);
    if (url?.protocol !== 'https:') {
      return { outcome: 'unreachable', reason: 'discovery', because: 'the address of reports is no https URL' };
    }
    const host = url.hostname.replace(/^\[|\]$/g, '');
    return this.#http.send({
      endpoint: {
        host,
        port: url.port === '' ? HTTPS_PORT : Number(url.port),
        hostHeader: url.host,
        certificateName: host,
      },
      method: 'PUT',
      target: url.pathname + url.search,
      headers: { 'content-type': 'application/json', 'user-agent': this.#userAgent },
      body,
      timeoutMs,
      maxBytes: MAX_ANSWER_BYTES,
    });
  }
}
