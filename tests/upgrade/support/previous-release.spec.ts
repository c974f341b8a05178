import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCommand } from '../../support/servers/run-command.ts';
import { findCommit, gitArguments } from './previous-release.ts';

const NOWHERE = '0123456789abcdef0123456789abcdef01234567';

describe('findCommit', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plexus-previous-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function makeRepository(): Promise<{ readonly path: string; readonly first: string }> {
    const path = join(folder, 'whole');
    await runCommand('git', ['init', '-q', path]);
    await git(path, 'commit', '-q', '--allow-empty', '-m', 'first');
    const first = await git(path, 'rev-parse', 'HEAD');
    await git(path, 'commit', '-q', '--allow-empty', '-m', 'second');
    return { path, first };
  }

  it('finds what is there, and says clearly that a complete history lacks it', async () => {
    const { path, first } = await makeRepository();
    expect(await findCommit(path, first)).toBe('there');
    await expect(findCommit(path, NOWHERE)).rejects.toThrow(`tests/upgrade/previous names ${NOWHERE}`);
  });

  it('expects nothing of a history that is cut off, or not there', async () => {
    const { path, first } = await makeRepository();
    const shallow = join(folder, 'shallow');
    await runCommand('git', ['clone', '-q', '--depth', '1', `file://${path}`, shallow]);
    expect(await findCommit(shallow, first)).toBe('the history is cut off');
    expect(await findCommit(shallow, await git(path, 'rev-parse', 'HEAD'))).toBe('there');
    expect(await findCommit(folder, first)).toBe('there is no history');
  });
});

async function git(repository: string, ...args: string[]): Promise<string> {
  const who = ['-c', 'user.name=Somebody', '-c', 'user.email=somebody@one.example'];
  return (await runCommand('git', [...who, ...gitArguments(repository, args)])).trim();
}
