import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { guardFolder } from './guard-folder.ts';

const module = new URL('./guard-folder.ts', import.meta.url).href;
const GUARDING = `
  const { guardFolder } = await import(process.argv[1]);
  guardFolder(process.argv[2]);
  setInterval(() => {}, 1_000_000);
  console.log('guarded');
`;
const ENDING = `
  const { guardFolder } = await import(process.argv[1]);
  const endGuard = guardFolder(process.argv[2]);
  await endGuard();
`;

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'plexus-guarded-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'operator.yaml'), '{}');
  return folder;
}

it('removes a folder when the process that had it guarded is killed', async () => {
  const folder = await newFolder();
  const child = spawn(process.execPath, ['--input-type=module', '--eval', GUARDING, module, folder]);
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  expect(existsSync(folder)).toBe(true);
  child.kill('SIGKILL');
  await vi.waitFor(() => expect(existsSync(folder)).toBe(false), { timeout: 10_000, interval: 50 });
});

it('leaves a folder to who ends the guard', async () => {
  const folder = await newFolder();
  const endGuard = guardFolder(folder);
  await endGuard();
  expect(existsSync(join(folder, 'operator.yaml'))).toBe(true);
});

it('ends in a process that waits for nothing else', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', ENDING, module, await newFolder()]);
  const [code] = await once(child, 'exit');
  expect(code).toBe(0);
});
