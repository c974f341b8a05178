import { connect } from 'node:net';
import type { Socket } from 'node:net';

export interface RawResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The body read as JSON. */
  json(): Record<string, unknown>;
}

/** Sends bytes as they are and reads the responses until the server closes or `count` of them are there. */
export async function exchange(port: number, bytes: string | Buffer, count = 1): Promise<RawResponse[]> {
  const socket = connect(port, '127.0.0.1');
  try {
    socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
    return await readResponses(socket, count);
  } finally {
    socket.destroy();
  }
}

export async function exchangeOne(port: number, bytes: string | Buffer): Promise<RawResponse> {
  const [response] = await exchange(port, bytes);
  if (response === undefined) throw new Error('the server closed the connection without an answer');
  return response;
}

export function readResponses(socket: Socket, count: number): Promise<RawResponse[]> {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    socket.on('error', reject);
    socket.on('close', () => resolve(parseResponses(received)));
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      const responses = parseResponses(received);
      if (responses.length >= count) resolve(responses);
    });
  });
}

function parseResponses(received: Buffer): RawResponse[] {
  const responses: RawResponse[] = [];
  let rest = received.toString('latin1');
  for (;;) {
    const end = rest.indexOf('\r\n\r\n');
    if (end === -1) return responses;
    const [statusLine = '', ...lines] = rest.slice(0, end).split('\r\n');
    const headers = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
    );
    const length = Number(headers['content-length'] ?? '0');
    if (rest.length < end + 4 + length) return responses;
    const body = rest.slice(end + 4, end + 4 + length);
    const json = () => JSON.parse(Buffer.from(body, 'latin1').toString('utf8')) as Record<string, unknown>;
    responses.push({ status: Number(statusLine.split(' ')[1]), headers, body, json });
    rest = rest.slice(end + 4 + length);
  }
}
