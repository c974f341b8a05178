// node tests/load/client-memory.ts [--clients 2000]
// What a client that waits in a long poll takes of the memory of `npm start`'s process, its connection included.
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Agent } from 'undici';
import { launchEmbedded } from '../../scripts/cluster/launch-embedded.ts';
import { MatrixHttp, textOf } from '../support/matrix-client.ts';
import type { MatrixClient } from '../support/matrix-client.ts';
import { collectAndRead } from './process-memory.ts';
import type { ProcessMemory } from './process-memory.ts';

const { values: options } = parseArgs({ options: { clients: { type: 'string', default: '2000' } } });
const AT_ONCE = 16;
const SETTLE_MS = 10_000;

/** What went wrong with requests that should wait: with one of them the figure would be too small. */
const failures: string[] = [];
const ending = new AbortController();

/** A port of its own for the debugger of each process that is launched. */
process.env['NODE_OPTIONS'] = '--inspect-port=0';
const deployment = await launchEmbedded();
const http = new MatrixHttp(deployment);
const agent = new Agent({ connections: null, pipelining: 1, headersTimeout: 600_000, bodyTimeout: 600_000 });
try {
  const half = Number(options.clients) / 2;
  await waitWith(await register(half));
  const before = await readMemory(half);
  await waitWith(await register(half));
  const after = await readMemory(2 * half);
  const kib = (Math.max(after.heap - before.heap, 0) + Math.max(after.external - before.external, 0)) / half / 1024;
  const resident = (after.resident - before.resident) / half / 1024;
  console.log(
    `${half} further clients: ${kib.toFixed(1)} KiB of heap and buffers each, ${resident.toFixed(1)} resident`,
  );
} finally {
  ending.abort();
  await agent.destroy();
  http.close();
  await deployment.dispose();
}

async function register(count: number): Promise<MatrixClient[]> {
  const clients: MatrixClient[] = [];
  let begun = 0;
  const lane = async (): Promise<void> => {
    while (begun < count) {
      begun += 1;
      clients.push(await http.register(`client-${process.pid}-${performance.now()}-${begun}`.replaceAll('.', '-')));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return clients;
}

async function waitWith(clients: readonly MatrixClient[]): Promise<void> {
  for (const client of clients) {
    const since = textOf(await client.sync(), 'next_batch');
    // @NOTE All of them fail when the agent is destroyed at the end.
    poll(client, since).catch((error: unknown) => ending.signal.aborted || failures.push(String(error)));
  }
}

/** Waits as clients do: who is answered, be it with their own presence, asks again. */
async function poll(client: MatrixClient, first: string): Promise<void> {
  const headers = { Authorization: `Bearer ${client.session.accessToken}` };
  for (let since = first; !ending.signal.aborted;) {
    const path = `/_matrix/client/v3/sync?timeout=600000&since=${encodeURIComponent(since)}`;
    const { statusCode, body } = await agent.request({
      origin: deployment.baseUrlFor(path),
      path,
      method: 'GET',
      headers,
    });
    const text = await body.text();
    if (statusCode !== 200) throw new Error(`${statusCode} ${text}`);
    since = textOf(JSON.parse(text), 'next_batch');
  }
}

/** When so many clients wait, after a pause, of what is left when garbage is collected. */
async function readMemory(clients: number): Promise<ProcessMemory> {
  await setTimeout(SETTLE_MS);
  const [plexus] = deployment.services;
  if (plexus === undefined) throw new Error('nothing runs');
  const { memory, gauge } = await collectAndRead(plexus);
  const waiting = gauge('plexus_sync_waiting_clients');
  if (failures.length > 0 || waiting !== clients)
    throw new Error(`${waiting} of ${clients} clients wait: ${failures[0] ?? 'the others are being answered'}`);
  return memory;
}
