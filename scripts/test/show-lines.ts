import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** Passes on what comes from a stream, line by line, each with the name of its part before it: lines of two parts may stand among each other. */
export async function showLines(stream: Readable, part: string, write: (line: string) => void): Promise<void> {
  for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
    if (line.trim() !== '') write(`${part} │ ${line}\n`);
  }
}
