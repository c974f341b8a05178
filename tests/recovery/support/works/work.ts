import type { Deployment } from '../../../../scripts/cluster/deployment.ts';
import type { Random } from '../../../support/faults/random.ts';
import type { MatrixClient, MatrixHttp } from '../../../support/matrix-client.ts';

/** A deployment in which nothing happens but what its administrator asks for. */
export interface Workshop {
  readonly deployment: Deployment;
  readonly http: MatrixHttp;
  readonly root: MatrixClient;
  readonly random: Random;
}

/** Something that takes a while, and goes on where it stood when a process dies. */
export interface Work {
  readonly name: string;
  /** Makes what there is to work on, and has the work begin. */
  begin(workshop: Workshop): Promise<BegunWork>;
}

export interface BegunWork {
  /** How many steps there are. */
  readonly total: number;
  /** Whether owners of rooms do the work: then one of them is killed too. */
  readonly isOfOwners?: boolean;
  /** How many of them are done, as Postgres has it. */
  done(): Promise<number>;
  /** Waits until all is done, then names what is lost, or happened twice. */
  finish(): Promise<readonly string[]>;
}

/** How long a work may rest before another process takes it up, and then take. */
export const FINISHED_WITHIN_MS = 180_000;

/** What is not as it must be, if anything. */
export function differences(what: string, found: unknown, wanted: unknown): string[] {
  const [is, must] = [JSON.stringify(found), JSON.stringify(wanted)];
  return is === must ? [] : [`${what}: ${is} where ${must} must be`];
}

/** Does something with each, so many at once. */
export async function forEach<T>(items: readonly T[], work: (item: T) => Promise<unknown>, atOnce = 8): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}

/** Texts that differ in their number. */
export function numbered(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${name}-${index}`);
}
