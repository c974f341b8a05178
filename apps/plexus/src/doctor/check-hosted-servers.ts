import type { HostedServer, HostedServers } from '@plexus/storage';
import { checkServer } from './check-server.ts';
import type { CheckServerPorts } from './check-server.ts';
import type { Finding } from './finding.ts';
import { fault, good } from './finding.ts';

/** Each asks other machines, and mostly waits. */
const AT_ONCE = 25;
/** Of more, those with which all is well are counted, not named. */
const NAMED = 50;

/** How the hosted servers are found by their names: those that are named, else all; told as soon as each is known. */
export async function* checkHostedServers(
  servers: Pick<HostedServers, 'list'>,
  names: readonly string[] | undefined,
  ports: CheckServerPorts,
): AsyncGenerator<Finding> {
  const all = servers.list();
  const chosen = names === undefined ? all : all.filter(({ serverName }) => names.includes(serverName));
  const isNamed = chosen.length <= NAMED;
  let well = 0;
  for await (const found of eachOf(chosen, (server) => checkServer(server, ports))) {
    if (found.every(({ level }) => level === 'good')) well += 1;
    for (const finding of found) if (isNamed || finding.level !== 'good') yield finding;
  }
  for (const name of names ?? []) {
    if (chosen.some(({ serverName }) => serverName === name)) continue;
    yield fault(`server ${name}`, 'it is not hosted here', 'see `plexus server list`');
  }
  if (!isNamed) yield good('hosted servers', `clients and other servers find ${well} of ${chosen.length}`);
}

/** What the work comes to for each server, some at once, in the order in which they end. */
async function* eachOf<Result>(
  servers: readonly HostedServer[],
  work: (server: HostedServer) => Promise<Result>,
): AsyncGenerator<Result> {
  const waiting = [...servers].toReversed();
  const underWay = new Map<number, Promise<{ readonly key: number; readonly result: Result }>>();
  for (let key = 0; ; key += 1) {
    const next = waiting.pop();
    if (next !== undefined) {
      underWay.set(
        key,
        work(next).then((result) => ({ key, result })),
      );
      if (underWay.size < AT_ONCE) continue;
    }
    if (underWay.size === 0) return;
    const done = await Promise.race(underWay.values());
    underWay.delete(done.key);
    yield done.result;
  }
}
