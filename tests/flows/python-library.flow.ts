import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { orderedReplicas } from '../../scripts/cluster/ordered-replicas.ts';
import { openReverseProxy } from '../../scripts/cluster/reverse-proxy.ts';
import { MATRIX_NIO } from '../support/python/environments.ts';
import { openPythonEnvironment } from '../support/python/python-environment.ts';
import { runCommand } from '../support/servers/run-command.ts';
import { inBothModes, uniqueName } from './support/in-both-modes.ts';

const STORY = join(import.meta.dirname, 'support', 'nio-story.py');

/** The library that most clients and bots in Python use, unmodified, through one address for all services. */
inBothModes('matrix-nio', (deploy) => {
  let python: string;
  let baseUrl: string;
  beforeAll(async () => {
    python = await openPythonEnvironment(...MATRIX_NIO);
    const proxy = await openReverseProxy({ port: 0, upstreamsFor: orderedReplicas(await deploy()) });
    baseUrl = proxy.url;
    return () => proxy.close();
  });

  it('registers, talks, edits, reacts, replies in a thread, redacts, reads back, searches and leaves', async () => {
    const [alice, bob, carol] = [uniqueName('alice'), uniqueName('bob'), uniqueName('carol')];
    const output = await runCommand(python, [STORY, baseUrl, alice, bob, carol]);
    expect(JSON.parse(output.trimEnd().split('\n').at(-1) ?? '')).toEqual({
      heard: ['the kettle is on'],
      'lazily loaded': [`@${alice}:one.test`, `@${bob}:one.test`],
      'heard through the uploaded filter': [
        'm.room.message',
        'm.room.message',
        'm.room.message',
        'm.room.redaction',
        'm.room.message',
      ],
      redacted: {},
      reactions: ['☕'],
      edit: 'the kettle sings',
      threads: [true],
      'in the thread': [true],
      'read back': ['biscuits', 'milk?', '* the kettle sings', 'the kettle is on'],
      searched: ['biscuits'],
      members: [`@${alice}:one.test`],
    });
  });
});
