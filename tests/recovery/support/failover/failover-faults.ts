import { waitUntil } from '../../../support/servers/wait-until.ts';
import { query } from '../owners.ts';
import { readStoredHistory } from '../read-history.ts';
import type { Fault, Stage } from '../stage.ts';
import { progress } from '../stage.ts';
import type { FailoverBackends } from './failover-backends.ts';

const WITHIN_MS = 90_000;
/** So much is acknowledged, at least, that the standby does not get. */
const LOST = 30;

/** A broker dies, and everything goes on with the others before it comes back. */
export function killBroker({ brokers }: FailoverBackends): Fault {
  return {
    name: 'a broker of three dies',
    async inflict(stage) {
      const broker = stage.random.pick(brokers);
      await broker.kill();
      await progress(stage.workload, 'the other brokers serve everybody');
      await broker.start();
    },
  };
}

/** The Sentinels let a replica lead that lags behind: it has old values, or none. */
export function moveRedis({ redis }: FailoverBackends): Fault {
  return {
    name: 'Redis fails over to a replica that lags behind',
    async inflict(stage) {
      await redis.cutReplication();
      await progress(stage.workload, 'values that the replica lacks');
      await redis.failOver();
    },
  };
}

/** Commits wait for the standby: so it has all that was acknowledged. */
export function promoteSynchronousStandby({ postgres }: FailoverBackends): Fault {
  return {
    name: 'a synchronous standby of Postgres is promoted',
    async inflict(stage) {
      await postgres.setSynchronous(true);
      await progress(stage.workload, 'commits that wait for the standby');
      await postgres.failOver(() => stayReady(stage));
    },
  };
}

/** The standby lacks what was acknowledged last. Nobody may miss anything else, and nothing that is lost may be taken for what follows. */
export function promoteStandbyThatLags({ postgres }: FailoverBackends): Fault {
  return {
    name: 'an asynchronous standby of Postgres is promoted that lacks commits',
    async inflict(stage) {
      const { workload, deployment } = stage;
      for (const observer of workload.observers) observer.expectLoss();
      await workload.whileOnlySending(async () => {
        const before = await generationOf(stage);
        const from = workload.acknowledged.length;
        await postgres.cutReplication();
        await waitUntil('what the standby lacks', WITHIN_MS, () => workload.acknowledged.length >= from + LOST);
        await postgres.failOver(() => stayReady(stage));
        await waitUntil('a new generation', WITHIN_MS, async () => (await generationOf(stage)) > before);
        const to = workload.acknowledged.length;
        await progress(workload, 'everybody is served in the new generation');
        const { log } = await readStoredHistory(deployment);
        const stored = new Set(log.map(({ marker }) => marker));
        const lost = workload.forgive(({ marker }) => !stored.has(marker), { from, to });
        if (lost === 0) throw new Error('nothing was lost: the fault has not happened');
        console.log(`    ${lost} acknowledged messages were lost`);
      });
    },
  };
}

/** What all replicas lack is no reason to send clients to none of them. */
async function stayReady({ deployment }: Stage): Promise<void> {
  const ready = await Promise.all(deployment.services.map(async (service) => [service.name, await service.isReady()]));
  const unready = ready.filter(([, isReady]) => isReady === false).map(([name]) => name);
  if (unready.length > 0) throw new Error(`not ready while nobody leads Postgres: ${unready.join(', ')}`);
}

async function generationOf({ deployment }: Stage): Promise<number> {
  const rows = await query<{ generation: number }>(deployment, 'select generation from deployment').catch(() => []);
  return rows[0]?.generation ?? 0;
}
