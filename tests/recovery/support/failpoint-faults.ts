import { FAILPOINTS as clientApi } from '@plexus/client-api';
import { FAILPOINTS as persister } from '@plexus/event-persister';
import { FAILPOINTS as sync } from '@plexus/sync';
import type { ServiceName, ServiceProcess } from '../../../scripts/cluster/deployment.ts';
import { waitUntil } from '../../support/servers/wait-until.ts';
import type { Fault, Scene } from './stage.ts';
import { pickProcess } from './stage.ts';

const places: readonly (readonly [ServiceName, readonly string[]])[] = [
  ['event-persister', persister],
  ['client-api', clientApi],
  ['sync', sync],
];
const actions = ['kill', 'error'] as const;
const HIT_WITHIN_MS = 90_000;

/** Every named place, once by death and once by failure. */
export const failpointFaults: readonly Fault[] = places.flatMap(([service, names]) =>
  names.flatMap((name) => actions.map((action) => failAt(service, name, action))),
);

/** A process dies or fails at a named place. */
export function failAt(service: ServiceName, name: string, action: (typeof actions)[number]): Fault {
  return {
    name: `${action} at ${name}`,
    async inflict(stage) {
      const process = pickProcess(stage, stage.deployment.mode === 'embedded' ? 'plexus' : service);
      const nth = isOncePerLife(name) ? 1 : 1 + stage.random.integer(3);
      const others = isReachedByFewRooms(name) ? othersBeside(process, stage) : [];
      await Promise.all(others.map((other) => other.kill()));
      const isHit = await arm(process, name, `${action}@${nth}`);
      // @NOTE One that dies while it starts is run again: by then it must be disarmed.
      const starting = process.start();
      const leaving = name === 'persister.before-release' ? starting.then(() => leave(process)) : undefined;
      await isHit();
      await disarm(process);
      await starting;
      await leaving;
      if (action === 'kill' || leaving !== undefined) await startAgain(process);
      await Promise.all(others.map((other) => other.start()));
    },
  };
}

/** It is stopped when it has shards to give up. */
async function leave(process: ServiceProcess): Promise<void> {
  await waitUntil(`${process.name} owns shards`, HIT_WITHIN_MS, async () => {
    const metrics = await fetch(`${process.operationUrl}/metrics`).then((answer) => answer.text());
    return /^plexus_persister_shards_owned(?:\{.*\})? [1-9]/m.test(metrics);
  });
  await process.stop();
}

/** What happens when shards come and go. */
function isOncePerLife(name: string): boolean {
  return /take-over|release/.test(name);
}

/** Other servers speak in two rooms: a process that owns neither would not come by. Alone it owns both. */
function isReachedByFewRooms(name: string): boolean {
  return name === 'persister.inbound-taken';
}

function othersBeside(process: ServiceProcess, { deployment }: Scene): ServiceProcess[] {
  return deployment.services.filter((other) => other.service === process.service && other !== process);
}

/** Ends this life of a process; in its next one a failpoint is armed. What is returned resolves when it is reached. */
export async function arm(process: ServiceProcess, name: string, action: string): Promise<() => Promise<void>> {
  await process.configure({ laboratory: { failpoints: true, armed_failpoints: [`${name}=${action}`] } });
  await process.kill();
  const since = new Date().toISOString();
  return () => waitUntil(`${process.name} reaches ${name}`, HIT_WITHIN_MS, () => hasFired(process, name, since));
}

export async function disarm(process: ServiceProcess): Promise<void> {
  await process.configure({ laboratory: { failpoints: true, armed_failpoints: [] } });
}

function hasFired(process: ServiceProcess, name: string, since: string): boolean {
  const lines = process.log().split('\n');
  return lines.some((line) => line.includes(`"failpoint":"${name}"`) && (TIME.exec(line)?.[1] ?? '') >= since);
}

const TIME = /"time":"([^"]+)"/;

/** A process that is about to die, or has died, or has been stopped, runs again. */
async function startAgain(process: ServiceProcess): Promise<void> {
  await process.kill();
  await process.start();
}
