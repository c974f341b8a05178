import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { showLines } from './show-lines.ts';

it('shows whole lines with the name of the part, however they come, and no empty ones', async () => {
  const shown: string[] = [];
  await showLines(Readable.from(['one li', 'ne\n\n  two\nthree']), 'flows', (line) => shown.push(line));
  expect(shown).toEqual(['flows │ one line\n', 'flows │   two\n', 'flows │ three\n']);
});
