import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { SecretFile } from './secret.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plexus-secret-'));
  path = join(folder, 'password');
  writeFileSync(path, 'first\n');
});
afterEach(() => rmSync(folder, { recursive: true }));

it('reveals what the file has by then', () => {
  const secret = new SecretFile(path);
  expect(secret.reveal()).toBe('first');
  writeFileSync(path, 'second\n');
  expect(secret.reveal()).toBe('second');
});

it('keeps the former one while the file is empty or away', () => {
  const secret = new SecretFile(path);
  expect(secret.reveal()).toBe('first');
  writeFileSync(path, '');
  expect(secret.reveal()).toBe('first');
  rmSync(path);
  expect(secret.reveal()).toBe('first');
  writeFileSync(path, 'third');
  expect(secret.reveal()).toBe('third');
});

it('is printed by nobody', () => {
  const secret = new SecretFile(path);
  secret.reveal();
  expect([`${secret}`, JSON.stringify({ secret }), inspect({ secret })].join()).not.toContain('first');
});

it('is read by nobody before it is needed', () => {
  const secret = new SecretFile(join(folder, 'nowhere'));
  expect(() => secret.reveal()).toThrow('ENOENT');
});
