import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { StartError } from '@plexus/service-shell';
import { makeDataFolder } from './make-data-folder.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plexus-folder-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('makes the folder, and takes one that is there', () => {
  const made = join(folder, 'a/b');
  makeDataFolder(made);
  expect(() => makeDataFolder(made)).not.toThrow();
});

it('says in one sentence that a file is in the way', () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  expect(() => makeDataFolder(file)).toThrow(StartError);
  expect(() => makeDataFolder(file)).toThrow(`The data folder ${file} cannot be made: there is a file in its way`);
  expect(() => makeDataFolder(join(file, 'data'))).toThrow('there is a file in its way');
});

it('does not wait for a file system that has no room for folders', () => {
  expect(() => makeDataFolder('/proc/plexus/data')).toThrow('no folder can be made there');
});
