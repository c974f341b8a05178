import type { Clock } from '@plexus/matrix-base';
import { StorageError } from '@plexus/storage';
import type { LaboratorySettings } from '../config/sections/operation.ts';
import type { Logger } from '../logging/logger.ts';
import { StartError } from '../service/start-error.ts';

/** Named places at which a fault test may stop, fail or kill the process. */
export interface ArmedFailpoints<Name extends string> {
  /** Nothing to wait for where the place is not armed. */
  reach(name: Name): Promise<void> | undefined;
}

/** What of the shell is needed to arm them. */
export interface FailpointPorts {
  readonly config: { readonly laboratory: LaboratorySettings };
  readonly clock: Pick<Clock, 'delay'>;
  readonly logger: Pick<Logger, 'warn'>;
}

type Action = 'kill' | 'stop' | 'error' | 'delay';

interface Armed {
  readonly action: Action;
  readonly milliseconds: number;
  /** Fires when it is reached for this time, and never again. */
  countdown: number;
}

const FORM = /^(?<name>[a-z.-]+)=(?<action>kill|stop|error|delay)(?::(?<ms>\d+))?(?:@(?<nth>\d+))?$/;

/**
 * The failpoints that a laboratory has armed, as `name=action[:milliseconds][@nth]`: `kill` ends the process as a crash would, `stop` halts it
 * until it is continued, `error` fails as lost infrastructure would, with an unknown outcome, `delay` waits. Each fires once. Throws
 * `StartError` for a name that does not exist.
 */
export function armFailpoints<Name extends string>(
  { config: { laboratory }, clock, logger }: FailpointPorts,
  names: readonly Name[],
): ArmedFailpoints<Name> {
  const armed = new Map<Name, Armed>();
  if (laboratory.failpoints) {
    for (const text of laboratory.armed_failpoints) arm(text, names, armed);
  }
  if (armed.size === 0) return { reach: () => undefined };
  return {
    reach(name) {
      const reached = armed.get(name);
      if (reached === undefined || --reached.countdown !== 0) return undefined;
      logger.warn('A failpoint fires', { failpoint: name, action: reached.action });
      return fire(name, reached, clock);
    },
  };
}

function arm<Name extends string>(text: string, names: readonly Name[], armed: Map<Name, Armed>): void {
  const { name, action, ms, nth } = FORM.exec(text)?.groups ?? {};
  if (name === undefined) throw new StartError(`laboratory.armed_failpoints: ${text} is not name=action`);
  // @NOTE All services read one configuration: a name with another prefix is another service's.
  const known = names.find((candidate) => candidate === name);
  const isOwn = names.some((candidate) => candidate.split('.')[0] === name.split('.')[0]);
  if (known === undefined && isOwn) throw new StartError(`laboratory.armed_failpoints: there is no ${name}`);
  if (known === undefined) return;
  armed.set(known, { action: action as Action, milliseconds: Number(ms ?? 1_000), countdown: Number(nth ?? 1) });
}

function fire(name: string, armed: Armed, clock: Pick<Clock, 'delay'>): Promise<void> | undefined {
  switch (armed.action) {
    case 'delay':
      return clock.delay(armed.milliseconds);
    case 'error':
      return Promise.reject(new StorageError(`the failpoint ${name} fired`, { outcomeUnknown: true }));
    case 'kill':
      process.kill(process.pid, 'SIGKILL');
      return new Promise(() => undefined);
    case 'stop':
      process.kill(process.pid, 'SIGSTOP');
      return undefined;
  }
}
