import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { runCommand } from '../support/servers/run-command.ts';
import type { PreviousRelease } from './support/previous-release.ts';
import { preparePrevious, root } from './support/previous-release.ts';

const MIGRATIONS = 'libs/storage-postgres/migrations';
let previous: PreviousRelease;
beforeAll(async () => {
  previous = await preparePrevious();
}, 600_000);

it('keeps every migration of the release before as it was applied', async () => {
  const before = previous.tree ?? root;
  const names = await readdir(join(before, MIGRATIONS));
  const read = (tree: string, name: string): Promise<string> =>
    readFile(join(tree, MIGRATIONS, name), 'utf8').catch(() => 'is gone');
  const changed: string[] = [];
  for (const name of names) if ((await read(root, name)) !== (await read(before, name))) changed.push(name);
  expect(changed).toEqual([]);
  expect(names.length).toBeGreaterThan(10);
});

it('reads and is read by the release before, in records and in calls', async () => {
  const against = join(previous.tree ?? root, 'proto');
  const config = JSON.stringify({ version: 'v2', breaking: { use: ['WIRE'] } });
  const buf = join(root, 'node_modules/.bin/buf');
  const args = ['breaking', '.', '--against', against, '--config', config];
  expect(await runCommand(buf, args, { cwd: join(root, 'proto') })).toBe('');
});
