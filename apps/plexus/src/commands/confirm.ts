import { createInterface } from 'node:readline/promises';

/** Whether the operator writes this word when asked at the terminal; from a pipe, its first line counts. */
export async function confirm(question: string, word: string): Promise<boolean> {
  process.stderr.write(`${question}\nWrite ${word} to go on: `);
  const lines = createInterface({ input: process.stdin, output: process.stderr, terminal: process.stdin.isTTY });
  try {
    for await (const line of lines) return line.trim() === word;
    return false;
  } finally {
    lines.close();
  }
}
