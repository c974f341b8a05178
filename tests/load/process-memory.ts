import { once } from 'node:events';
import type { ServiceProcess } from '../../scripts/cluster/deployment.ts';
import { waitUntil } from '../support/servers/wait-until.ts';

/** In bytes. */
export interface ProcessMemory {
  readonly heap: number;
  readonly external: number;
  readonly resident: number;
}

const DEBUGGER_WITHIN_MS = 30_000;

/** What is left in a process when garbage is collected, and how to read its other gauges of that moment. */
export async function collectAndRead(
  process: ServiceProcess,
): Promise<{ readonly memory: ProcessMemory; gauge(name: string): number }> {
  await collectGarbage(process);
  const gauge = await readGauges(process);
  const memory = {
    heap: gauge('nodejs_heap_size_used_bytes'),
    external: gauge('nodejs_external_memory_bytes'),
    resident: gauge('process_resident_memory_bytes'),
  };
  return { memory, gauge };
}

/** The gauges of a process, by their names; 0 for one that it has not. */
export async function readGauges({ operationUrl }: ServiceProcess): Promise<(name: string) => number> {
  const text = await (await fetch(`${operationUrl}/metrics`)).text();
  return (name) => Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (.+)$`, 'm').exec(text)?.[1] ?? 0);
}

/** The debugger does it, which listens when it is asked to by a signal. */
async function collectGarbage(process: ServiceProcess): Promise<void> {
  const findUrl = (): string | undefined => /Debugger listening on (ws:\S+)/.exec(process.log())?.[1];
  process.signal('SIGUSR1');
  await waitUntil('the debugger', DEBUGGER_WITHIN_MS, () => findUrl() !== undefined);
  const socket = new WebSocket(findUrl() ?? '');
  await once(socket, 'open');
  socket.send(JSON.stringify({ id: 1, method: 'HeapProfiler.collectGarbage' }));
  await once(socket, 'message');
  socket.close();
}
