import type { Finding } from './finding.ts';
import { fault, good, warning } from './finding.ts';

/** What a Redis says of itself. */
export interface DescribedRedis {
  readonly version: string;
  readonly maxMemory: number;
  readonly maxMemoryPolicy: string;
  readonly mayListen: boolean;
}

const SUBJECT = 'Redis';
const OLDEST_MAJOR = 7;

/** Whether each Redis keeps what it was given until somebody removes it, and tells of that. */
export function checkRedis(servers: readonly DescribedRedis[]): readonly Finding[] {
  const [first] = servers;
  if (first === undefined) return [good(SUBJECT, 'it answers, and tells this login nothing of itself')];
  const masters = servers.length === 1 ? 'it answers' : `${servers.length} masters answer`;
  return [good(SUBJECT, `${masters}; ${first.version}`), ...age(servers), ...memory(servers), ...hearing(servers)];
}

function age(servers: readonly DescribedRedis[]): Finding[] {
  const old = servers.find(({ version }) => Number.parseInt(version, 10) < OLDEST_MAJOR);
  return old === undefined ? [] : [fault(SUBJECT, `${old.version} is too old`, 'use Redis 7 or newer')];
}

function hearing(servers: readonly DescribedRedis[]): Finding[] {
  if (servers.every(({ mayListen }) => mayListen)) return [];
  const advice =
    'give the login `+subscribe` and the channels (`&*`): until then processes see late what others change';
  return [warning(SUBJECT, 'its login may not listen', advice)];
}

function memory(servers: readonly DescribedRedis[]): Finding[] {
  if (servers.some(({ maxMemory }) => maxMemory === 0)) {
    const advice = 'set `maxmemory`, above what the caches may hold (docs/operating/caches.md)';
    return [warning(SUBJECT, 'nothing bounds its memory', advice)];
  }
  const evicting = servers.find(({ maxMemoryPolicy }) => maxMemoryPolicy !== 'noeviction');
  if (evicting === undefined) return [];
  const advice =
    'set `maxmemory-policy noeviction`: it may forget that a value is being changed, and readers keep the old one';
  return [warning(SUBJECT, `it removes entries by itself (${evicting.maxMemoryPolicy})`, advice)];
}
