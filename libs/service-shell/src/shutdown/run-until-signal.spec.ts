import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const program = fileURLToPath(new URL('../../test-support/signal-program.ts', import.meta.url));

interface Ending {
  readonly code: number | null;
  readonly output: string;
}

/** Runs the program in a mode; sends the signals one after the other, each once the line that it waits for was printed. */
function run(mode: string, signals: readonly (readonly [string, NodeJS.Signals])[]): Promise<Ending> {
  const child = spawn(process.execPath, ['--conditions=plexus-source', program, mode], {
    stdio: ['ignore', 'pipe', 2],
  });
  const pending = [...signals];
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    const next = pending[0];
    if (next === undefined || !output.includes(next[0])) return;
    pending.shift();
    child.kill(next[1]);
  });
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, output }));
  });
}

it.each(['SIGINT', 'SIGTERM'] as const)('ends with 0 after a clean stop on %s', async (signal) => {
  const { code, output } = await run('clean', [['running', signal]]);
  expect(output).toContain('stopped cleanly');
  expect(code).toBe(0);
});

it('ends with 1 where something did not stop cleanly', async () => {
  expect((await run('unclean', [['running', 'SIGTERM']])).code).toBe(1);
});

it('ends with 1 on a second signal', async () => {
  const { code, output } = await run('stuck', [
    ['running', 'SIGTERM'],
    ['"signal":"SIGTERM"', 'SIGINT'],
  ]);
  expect([code, output]).toEqual([1, expect.stringContaining('Stopped by a second signal')]);
});

it('takes a second signal that comes at once for the echo of the first', async () => {
  const { code, output } = await run('echo', [
    ['running', 'SIGINT'],
    ['"signal":"SIGINT"', 'SIGTERM'],
  ]);
  expect([code, output]).toEqual([0, expect.stringContaining('stopped cleanly')]);
});

it('goes on where it is told to read its configuration again: it does so by itself', async () => {
  const { code, output } = await run('clean', [
    ['running', 'SIGHUP'],
    ['"signal":"SIGHUP"', 'SIGTERM'],
  ]);
  expect([code, output]).toEqual([0, expect.stringContaining('stopped cleanly')]);
});

it('ends with 1 after the deadline', async () => {
  const { code, output } = await run('late', [['running', 'SIGTERM']]);
  expect([code, output]).toEqual([1, expect.stringContaining('Stopping took too long')]);
});

it.each(['throw', 'reject'])('logs what nobody caught and ends with 1: %s', async (mode) => {
  const { code, output } = await run(mode, []);
  expect(code).toBe(1);
  expect(output).toMatch(/"message":"(An error was not caught|A rejection was not handled)".*/);
  expect(output).toContain('signal-program.ts');
});
