import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import type { Memory } from './server-folder.ts';
import { makeServerFolder } from './server-folder.ts';

const PLENTY = 2 ** 40;

let inMemory: string;
beforeEach(async () => {
  inMemory = await mkdtemp(join(tmpdir(), 'plexus-in-memory-'));
});
afterEach(() => rm(inMemory, { recursive: true }));

async function make(memory: Memory): Promise<string> {
  const folder = await makeServerFolder('things', memory);
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

it('makes an empty folder of its own in memory', async () => {
  const [one, other] = [
    await make({ folder: inMemory, availableBytes: PLENTY }),
    await make({ folder: inMemory, availableBytes: PLENTY }),
  ];
  expect([dirname(one), dirname(other)]).toEqual([inMemory, inMemory]);
  expect(one).not.toBe(other);
  expect(await readdir(one)).toEqual([]);
});

it('makes it among temporary files where memory is short', async () => {
  expect(dirname(await make({ folder: inMemory, availableBytes: 2 ** 30 }))).toBe(tmpdir());
});

it('makes it among temporary files where there is no file system in memory', async () => {
  const folder = join(inMemory, 'missing');
  expect(dirname(await make({ folder, availableBytes: PLENTY }))).toBe(tmpdir());
});
