import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { waitUntil } from './wait-until.ts';

/** How a server is run, and how it is known to be ready. */
export interface ServerCommand {
  readonly name: string;
  /** Where clients reach it; stays the same over restarts. */
  readonly address: string;
  /** Removed by `dispose`, and when the process that started the server dies. */
  readonly directory: string;
  readonly run: () => { command: string; args: readonly string[] };
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  readonly stopSignal?: NodeJS.Signals;
  readonly isReady: () => Promise<boolean>;
  readonly afterStop?: () => Promise<void>;
  /** What else has to be killed, as a command of the shell. */
  readonly alsoKill?: string;
  /** Is given everything that the server writes. */
  readonly keepOutput?: (chunk: string) => void;
  /** `dispose` kills it: it leaves nothing that anybody needs, and to stop takes a while. */
  readonly isKilledInTheEnd?: boolean;
  /** Whether one that ends before it is ready is run again; it is where nothing is said. */
  readonly isRunAgain?: () => boolean;
}

/** A supporting server as a test sees it: it can be stopped, killed and started again at the same address, on the same data. */
export interface TestServer {
  readonly name: string;
  readonly address: string;
  start(): Promise<void>;
  /** Ends it as an operator would. */
  stop(): Promise<void>;
  /** Ends it as a crash would; resolves when it is gone. */
  kill(): Promise<void>;
  /** Sends a signal, for example SIGSTOP and SIGCONT. */
  signal(name: NodeJS.Signals): void;
  /** The process id, undefined while it does not run. */
  pid(): number | undefined;
  /** Stops it and removes its data. */
  dispose(): Promise<void>;
}

const KEPT_OUTPUT = 8_000;
const READY_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 20_000;
/** @NOTE Many that start at once are slower for each question that is asked of them. */
const ASK_EVERY_MS = 50;

/** Makes a server of a command; it does not run yet. */
export function createServerProcess(server: ServerCommand): TestServer {
  let child: ChildProcess | undefined;
  let output = '';

  async function start(): Promise<void> {
    if (child !== undefined) throw new Error(`${server.name} runs already`);
    child = run();
    const what = `${server.name} at ${server.address}`;
    await waitUntil(what, READY_WITHIN_MS, isReady, ASK_EVERY_MS).catch(async (error: unknown) => {
      await end('SIGKILL');
      throw new Error(`${server.name} does not start: ${output}`, { cause: error });
    });
  }

  /** One that ended is run again: a predecessor that was killed may leave its locks behind for a moment. */
  async function isReady(): Promise<boolean> {
    if (child === undefined && server.isRunAgain?.() === false) throw new Error(`${server.name} ended`);
    child ??= run();
    return server.isReady();
  }

  function run(): ChildProcess {
    const { command, args } = server.run();
    const started = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true, ...server.user });
    const guard = guardProcess(started.pid, server);
    for (const stream of [started.stdout, started.stderr]) stream?.on('data', keepOutput);
    started.once('error', (error) => keepOutput(error.message));
    started.once('close', () => {
      guard.kill('SIGKILL');
      if (child === started) child = undefined;
    });
    return started;
  }

  function keepOutput(chunk: unknown): void {
    output = (output + String(chunk)).slice(-KEPT_OUTPUT);
    server.keepOutput?.(String(chunk));
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    const running = child;
    if (running === undefined) return;
    running.kill(signal);
    if (signal !== 'SIGKILL') running.kill('SIGCONT');
    await waitUntil(`the end of ${server.name}`, STOP_WITHIN_MS, () => child !== running);
  }

  async function stop(): Promise<void> {
    await end(server.stopSignal ?? 'SIGTERM');
    await server.afterStop?.();
  }

  return {
    name: server.name,
    address: server.address,
    start,
    stop,
    kill: () => end('SIGKILL'),
    signal: (name) => void child?.kill(name),
    pid: () => child?.pid,
    async dispose() {
      await (server.isKilledInTheEnd === true ? end('SIGKILL') : stop());
      await rm(server.directory, { recursive: true, force: true });
    },
  };
}

/**
 * A shell that waits for the end of its standard input, which comes when this process ends in whatever way, and then ends the server
 * and removes its data. It runs in a session of its own, so that an interrupt at the terminal does not reach it.
 */
function guardProcess(pid: number | undefined, { directory, alsoKill = ':' }: ServerCommand): ChildProcess {
  const script = `read -r _; kill -9 "$1"; ${alsoKill}; sleep 0.2; rm -rf "$2"`;
  const guard = spawn('sh', ['-c', script, 'guard', String(pid), directory], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  guard.stdin?.on('error', () => guard.kill('SIGKILL'));
  guard.unref();
  return guard;
}
