import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ConfigError } from './config-error.ts';
import { ConfigFollower } from './config-follower.ts';
import { readEnvironment } from './environment.ts';

let folder: string;
let follower: ConfigFollower | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plexus-follow-'));
});

afterEach(async () => {
  await follower?.stop();
  rmSync(folder, { recursive: true });
});

function write(name: string, factor: string): string {
  const path = join(folder, name);
  writeFileSync(path, `servers: []\ncaches: { global_factor: ${factor} }\n`);
  return path;
}

/** A follower whose clock only passes when it is told to: each look is waited for. */
function follow(path: string): { factors: unknown[]; errors: unknown[]; fingerprint(): number; look(): Promise<void> } {
  let waiting = Promise.withResolvers<void>();
  let arrived = Promise.withResolvers<void>();
  const clock = {
    now: () => 0,
    delay: (_ms: number, signal?: AbortSignal) => {
      arrived.resolve();
      signal?.addEventListener('abort', () => waiting.resolve());
      return waiting.promise;
    },
  };
  const factors: unknown[] = [];
  const errors: unknown[] = [];
  const made = new ConfigFollower({
    path,
    environment: readEnvironment({}),
    clock,
    onError: (error) => errors.push(error),
  });
  made.onChange(({ caches }) => factors.push(caches.global_factor));
  made.start();
  follower = made;
  return {
    factors,
    errors,
    fingerprint: () => made.fingerprint,
    look: async () => {
      await arrived.promise;
      const { resolve } = waiting;
      [waiting, arrived] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      resolve();
      await arrived.promise;
    },
  };
}

it('tells of a changed file once, and of none that only was touched', async () => {
  const path = write('plexus.yaml', '1');
  const { factors, fingerprint, look } = follow(path);
  const before = fingerprint();
  await look();
  write('plexus.yaml', '1');
  await look();
  expect([factors, fingerprint()]).toEqual([[], before]);
  write('plexus.yaml', '2.5');
  await look();
  await look();
  expect(factors).toEqual([2.5]);
  expect(fingerprint()).not.toBe(before);
});

it('follows a link that leads to another file, as a ConfigMap that is mounted does', async () => {
  symlinkSync(write('first.yaml', '1'), join(folder, 'plexus.yaml'));
  const { factors, look } = follow(join(folder, 'plexus.yaml'));
  symlinkSync(write('second.yaml', '2'), join(folder, 'new'));
  renameSync(join(folder, 'new'), join(folder, 'plexus.yaml'));
  await look();
  expect(factors).toEqual([2]);
});

it('changes nothing for a file that cannot be used, and goes on when it is mended', async () => {
  const path = write('plexus.yaml', '1');
  const { factors, errors, fingerprint, look } = follow(path);
  const before = fingerprint();
  write('plexus.yaml', 'true');
  await look();
  expect([factors, fingerprint()]).toEqual([[], before]);
  expect(errors).toEqual([expect.any(ConfigError)]);
  rmSync(path);
  await look();
  expect(errors).toHaveLength(2);
  write('plexus.yaml', '3');
  await look();
  expect(factors).toEqual([3]);
});
