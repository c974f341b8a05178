import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RegistrationFiles } from './registration-files.ts';

function registration(id: string): string {
  const fields = { id, url: null, as_token: `as-${id}`, hs_token: `hs-${id}`, sender_localpart: id, namespaces: {} };
  return JSON.stringify(fields);
}

describe('RegistrationFiles', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'registrations-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('reads files and folders, and nothing again until something changes', async () => {
    await writeFile(join(folder, 'a.yaml'), registration('a'));
    await mkdir(join(folder, 'more'));
    await writeFile(join(folder, 'more', 'b.yml'), registration('b'));
    await writeFile(join(folder, 'more', 'notes.txt'), 'none');
    const files = new RegistrationFiles([
      { path: join(folder, 'a.yaml'), servers: 'all' },
      { path: join(folder, 'more'), servers: ['one.example'] },
    ]);
    const idsOf = async () => (await files.readChanged())?.map(({ registration: { id } }) => id);
    expect(await idsOf()).toEqual(['a', 'b']);
    expect(await idsOf()).toBeUndefined();
    await writeFile(join(folder, 'more', 'c.yaml'), registration('c'));
    expect(await idsOf()).toEqual(['a', 'b', 'c']);
    await rm(join(folder, 'more', 'b.yml'));
    expect(await idsOf()).toEqual(['a', 'c']);
    await writeFile(join(folder, 'a.yaml'), registration('another'));
    expect(await idsOf()).toEqual(['another', 'c']);
  });

  it('knows one file that several servers name', async () => {
    const path = join(folder, 'a.yaml');
    await writeFile(path, registration('a'));
    const paths = ['one.example', 'two.example'].map((serverName) => ({ path, servers: [serverName] }));
    expect(await new RegistrationFiles(paths).readChanged()).toMatchObject([
      { servers: ['one.example', 'two.example'] },
    ]);
    const all = [...paths, { path, servers: 'all' } as const];
    expect(await new RegistrationFiles(all).readChanged()).toMatchObject([{ servers: 'all' }]);
  });

  it('names a file that is not there or not right, once', async () => {
    const path = join(folder, 'a.yaml');
    const files = new RegistrationFiles([{ path, servers: 'all' }]);
    await expect(files.readChanged()).rejects.toThrow(path);
    expect(await files.readChanged()).toBeUndefined();
    await writeFile(path, registration('a').replace('hs_token', 'other'));
    await expect(files.readChanged()).rejects.toThrow('hs_token: is required');
    await writeFile(path, registration('a'));
    expect(await files.readChanged()).toHaveLength(1);
  });
});
