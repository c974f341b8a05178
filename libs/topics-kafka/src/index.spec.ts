import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

it('can be loaded by Node without a bundle', async () => {
  const script = `console.log(Object.keys(await import('@plexus/topics-kafka')).join())`;
  const args = ['--conditions=plexus-source', '--input-type=module', '--eval', script];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: import.meta.dirname });
  expect(stdout).toContain('KafkaTopics');
}, 30_000);
