// node tests/load/destination-memory.ts [--destinations 1000]
// What other servers take of the memory of `npm start`'s process: those that nothing goes to, and those that are away while events wait for them.
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { ServiceProcess } from '../../scripts/cluster/deployment.ts';
import { launchEmbedded } from '../../scripts/cluster/launch-embedded.ts';
import { laboratorySettings } from '../../scripts/cluster/service-configuration.ts';
import { MatrixHttp } from '../support/matrix-client.ts';
import { waitUntil } from '../support/servers/wait-until.ts';
import { LoadServer } from './federation/load-server-process.ts';
import { collectAndRead, readGauges } from './process-memory.ts';

const { values: options } = parseArgs({ options: { destinations: { type: 'string', default: '1000' } } });
const PATIENCE_MS = 300_000;
const SETTLE_MS = 5_000;
const IN_MEMORY = 'plexus_federation_destinations_in_memory';
const CONNECTED = 'plexus_federation_connected_servers';

/** A port of its own for the debugger of each process that is launched. */
process.env['NODE_OPTIONS'] = '--inspect-port=0';
const destinations = Number(options.destinations);
const server = await LoadServer.start();
const deployment = await launchEmbedded({
  settings: {
    ...laboratorySettings,
    federation: {
      verify_certificates: false,
      ip_range_whitelist: ['127.0.0.0/8'],
      transaction_timeout: '5s',
      transaction_quick_retries: 0,
      destination_min_retry_interval: '1h',
      idle_connection_timeout: '5s',
    },
  },
});
const http = new MatrixHttp(deployment);
const plexus = onlyProcess();
try {
  const user = await http.register('user');
  const asked = { members: destinations, servers: destinations };
  const { roomId, lastMember, servers } = await server.ask('makeRoom', asked);
  await user.join(roomId, [server.serverName]);
  const member = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/state/m.room.member/${encodeURIComponent(lastMember)}`;
  await waitUntil('all members', PATIENCE_MS, async () => (await user.call('GET', member)).status === 200);
  await user.send(roomId, 'to all');
  await server.ask('awaitArrivals', { text: '"to all"', servers: destinations });
  await untilQueues(0);
  const idle = await collectAndRead(plexus);
  report('idle, after each got a message', idle.memory.heap + idle.memory.external, 0);
  await server.ask('setDown', { servers });
  await user.send(roomId, 'to nobody');
  await untilQueues(destinations);
  await waitUntil('no connection', PATIENCE_MS, async () => (await readGauges(plexus))(CONNECTED) === 0);
  await user.send(roomId, 'to nobody either');
  await untilQueues(destinations);
  await setTimeout(SETTLE_MS);
  const away = await collectAndRead(plexus);
  if (away.gauge(IN_MEMORY) < destinations) throw new Error('queues are out of the memory already');
  const grown = away.memory.heap + away.memory.external - idle.memory.heap - idle.memory.external;
  report('away, with two messages waiting', away.memory.heap + away.memory.external, grown / destinations);
} finally {
  http.close();
  await deployment.dispose();
  server.stop();
}

function onlyProcess(): ServiceProcess {
  const [only] = deployment.services;
  if (only === undefined) throw new Error('nothing runs');
  return only;
}

async function untilQueues(count: number): Promise<void> {
  await waitUntil(`${count} queues`, PATIENCE_MS, async () => {
    const inMemory = (await readGauges(plexus))(IN_MEMORY);
    return count === 0 ? inMemory === 0 : inMemory >= count;
  });
}

function report(what: string, bytes: number, each: number): void {
  console.log(
    `${destinations} servers ${what}: ${(bytes / 2 ** 20).toFixed(1)} MiB, ${(each / 1024).toFixed(2)} KiB more each`,
  );
}
