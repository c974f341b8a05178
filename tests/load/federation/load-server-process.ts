import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { CommandAnswer, LoadCommand, LoadCommands, LoadServerStarted } from './load-commands.ts';

interface Waiting {
  resolve(answer: LoadCommands[LoadCommand]['answer']): void;
  reject(error: Error): void;
}

let opened: Promise<LoadServer> | undefined;

/** The other servers of all scenarios of a run: one process, started when it is first asked for. */
export function openLoadServer(): Promise<LoadServer> {
  return (opened ??= LoadServer.start());
}

export async function closeLoadServer(): Promise<void> {
  (await opened)?.stop();
}

/** Other homeservers, in a process of their own that does as it is told. */
export class LoadServer {
  /** Of the server in which rooms begin, and that sends. */
  readonly serverName: string;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;

  private constructor(child: ChildProcess, serverName: string) {
    this.#child = child;
    this.serverName = serverName;
    child.on('message', (message) => this.#settle(message as CommandAnswer));
    child.on('exit', (code) => this.#end(code));
  }

  static async start(): Promise<LoadServer> {
    const child = fork(fileURLToPath(new URL('./load-server.ts', import.meta.url)));
    const { serverName } = await new Promise<LoadServerStarted>((resolve, reject) => {
      child.once('message', (message) => resolve(message as LoadServerStarted));
      child.once('exit', (code) => reject(new Error(`the load server ended with ${code}`)));
    });
    return new LoadServer(child, serverName);
  }

  ask<C extends LoadCommand>(command: C, asked: LoadCommands[C]['asked']): Promise<LoadCommands[C]['answer']> {
    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<LoadCommands[LoadCommand]['answer']>();
    this.#waiting.set(id, { resolve, reject });
    this.#child.send({ id, command, asked });
    return promise as Promise<LoadCommands[C]['answer']>;
  }

  stop(): void {
    this.#child.disconnect();
  }

  #settle(message: CommandAnswer): void {
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if ('failed' in message) waiting?.reject(new Error(message.failed));
    else waiting?.resolve(message.answer);
  }

  #end(code: number | null): void {
    for (const { reject } of this.#waiting.values()) reject(new Error(`the load server ended with ${code}`));
    this.#waiting.clear();
  }
}
