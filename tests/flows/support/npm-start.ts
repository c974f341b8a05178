import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';

export interface StartedByNpm {
  /** What a person at the terminal reads besides the log. */
  readonly greeting: string;
  /** Sends a signal to npm alone, as a supervisor does, or to the whole group, as a terminal does; resolves when all have ended. */
  end(signal: NodeJS.Signals, to?: 'npm' | 'group'): Promise<void>;
}

const root = new URL('../../..', import.meta.url).pathname;
const running = new Set<ChildProcess>();

/** `npm start` with these arguments and variables, once it greets. Rejects with all that it said where it ends instead. */
export async function npmStart(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<StartedByNpm> {
  const child = spawn('npm', ['start', '--silent', '--', ...args], {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  running.add(child);
  // `close` waits for the pipes too, which every process below npm holds.
  const closed = new Promise<void>((resolve) => {
    child.once('close', () => {
      running.delete(child);
      resolve();
    });
  });
  const greeting = await greetingOf(child);
  return {
    greeting,
    end(signal, to = 'npm') {
      send(child, signal, to);
      return closed;
    },
  };
}

/** Ends what a failed test left running. */
export async function endAllStarted(): Promise<void> {
  const left = [...running];
  await Promise.all(
    left.map(async (child) => {
      const closed = new Promise((resolve) => child.once('close', resolve));
      send(child, 'SIGTERM', 'group');
      await closed;
    }),
  );
}

function send({ pid }: ChildProcess, signal: NodeJS.Signals, to: 'npm' | 'group'): void {
  if (pid !== undefined) process.kill(to === 'group' ? -pid : pid, signal);
}

function greetingOf(child: ChildProcess): Promise<string> {
  let said = '';
  return new Promise((resolve, reject) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('Ctrl-C')) resolve(said);
    });
    child.stdout?.resume();
    child.once('close', () => reject(new Error(said)));
  });
}
