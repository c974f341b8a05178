import type { Deployment, ServiceProcess } from '../../../scripts/cluster/deployment.ts';
import { waitUntil } from '../../support/servers/wait-until.ts';
import { arm, disarm } from './failpoint-faults.ts';
import { ownerAddresses } from './owners.ts';
import type { Fault, Stage } from './stage.ts';
import { pickProcess, progress } from './stage.ts';

const REPLACED_WITHIN_MS = 60_000;

/** An owner stands still for longer than its session, is replaced, and goes on. */
export const pauseOwner: Fault = {
  name: 'an owner is paused until it is replaced',
  async inflict(stage) {
    const owner = pickProcess(stage, 'event-persister');
    owner.signal('SIGSTOP');
    await isReplaced(stage, owner);
  },
};

/** It stands still while it holds the rows of its shards. */
export const pauseInTransaction: Fault = {
  name: 'an owner is paused within a transaction until it is replaced',
  async inflict(stage) {
    const owner = pickProcess(stage, 'event-persister');
    const isHit = await arm(owner, 'persister.inside-transaction', `stop@${5 + stage.random.integer(20)}`);
    await owner.start();
    await isHit();
    await disarm(owner);
    await isReplaced(stage, owner);
  },
};

/**
 * It stands still with work that is ready to be stored, is replaced, and wakes up before its successor has written anything: nobody asks
 * again meanwhile, so that nothing but the epoch is in its way.
 */
export const wakeBeforeSuccessor: Fault = {
  name: 'an owner is paused before it stores, replaced, and wakes up first',
  async inflict(stage) {
    const owner = pickProcess(stage, 'event-persister');
    const callers = stage.deployment.processesOf('client-api');
    const isHit = await arm(owner, 'persister.before-store', `stop@${10 + stage.random.integer(20)}`);
    await owner.start();
    await isHit();
    for (const caller of callers) caller.signal('SIGSTOP');
    try {
      await disarm(owner);
      await hasOneOwner(stage.deployment);
      owner.signal('SIGCONT');
      await waitUntil('the former owner awake', REPLACED_WITHIN_MS, () => owner.isReady());
    } finally {
      for (const process of [owner, ...callers]) process.signal('SIGCONT');
    }
  },
};

/** Its successor has everything and serves everybody; then it wakes up. */
async function isReplaced({ deployment, workload }: Stage, owner: ServiceProcess): Promise<void> {
  try {
    await hasOneOwner(deployment);
    await progress(workload, 'the successor serves everybody');
  } finally {
    owner.signal('SIGCONT');
  }
}

async function hasOneOwner(deployment: Deployment): Promise<void> {
  await waitUntil('one owner of all shards', REPLACED_WITHIN_MS, async () => {
    return (await ownerAddresses(deployment)).length === 1;
  });
}
