import type { Readable } from 'node:stream';
import { MatrixError } from '@plexus/matrix-base';

/** Beyond the limit so much is read and thrown away, so that the client gets to read the answer. */
const discardedBytes = 16 * 1024 * 1024;

/** The bytes of a request body. More than the limit rejects with `M_TOO_LARGE`, after the rest was discarded within reason. */
export function readBody(stream: Readable, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    stream.on('data', take);
    stream.once('end', finish);
    stream.once('error', fail);
    stream.once('close', breakOff);

    function take(chunk: Buffer): void {
      length += chunk.length;
      if (length <= limit) chunks.push(chunk);
      else chunks.length = 0;
      if (length > limit + discardedBytes) fail(tooLarge(limit));
    }

    function finish(): void {
      if (length > limit) fail(tooLarge(limit));
      else resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, length));
    }

    // @NOTE Every stream closes: making the error costs more than reading a small body, so it is made for one that has not ended only.
    function breakOff(): void {
      if (!stream.readableEnded) fail(new MatrixError('M_UNKNOWN', 400, 'The request ended within its body'));
    }

    function fail(error: unknown): void {
      stream.off('data', take);
      stream.resume();
      reject(error);
    }
  });
}

function tooLarge(limit: number): MatrixError {
  return new MatrixError('M_TOO_LARGE', 413, `The request body is larger than ${limit} bytes`);
}
