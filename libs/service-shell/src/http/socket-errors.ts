import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { MatrixError } from '@plexus/matrix-base';
import { corsHeaders } from './cors.ts';
import { errorForStatus } from './error-for-status.ts';

const statusByCode: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** The Matrix error for what the HTTP parser refuses. */
export function errorForSocket(error: Error & { code?: string }): MatrixError {
  return errorForStatus(statusByCode[error.code ?? ''] ?? 400);
}

/** Answers what is not HTTP with a Matrix error, and closes the connection. */
export function answerSocketError(error: Error & { code?: string }, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const refusal = errorForSocket(error);
  const status = refusal.httpStatus;
  const body = JSON.stringify(refusal.toBody());
  const headers = {
    ...corsHeaders,
    'Content-Type': 'application/json',
    'Content-Length': body.length,
    Connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}\r\n${lines.join('')}\r\n${body}`);
}
