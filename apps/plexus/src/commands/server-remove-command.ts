import { DescribeUsage, quotaRules, RemoveServer, requireRemovable } from '@plexus/client-api';
import { StartError, systemClock, systemRandomSource } from '@plexus/service-shell';
import type { ServerRemoval } from '@plexus/storage';
import { PostgresServerRemovals, PostgresServerUse } from '@plexus/storage-postgres';
import type { Command } from 'commander';
import type { CommandContext, CommonOptions } from './command-context.ts';
import { addServerWork } from './server-work.ts';
import type { ServerWork } from './server-work.ts';

interface Options extends CommonOptions {
  readonly yes?: true;
  readonly wait?: true;
}

type Work = ServerWork<Options>;

const LOOK_MS = 500;

/** `plexus server remove <server> [--yes] [--wait]` */
export function addServerRemoveCommand(server: Command, context: CommandContext): void {
  addServerWork<Options>(server, context, {
    name: 'remove',
    description:
      'Remove a hosted server with its accounts and the rooms that nobody else is in. A running client-api does it; asked again, how far it is.',
    options: [
      ['--yes', 'do not ask'],
      ['--wait', 'wait until nothing is left'],
    ],
    work: (work) => removeServer(work, context),
  });
}

async function removeServer(work: Work, context: CommandContext): Promise<void> {
  const { servers, database, serverName, options, isAlone, print } = work;
  const { status } = requireRemovable(servers, serverName);
  if (options.wait === true && isAlone) {
    throw new StartError('Nobody runs who could remove it now: leave --wait out, and Plexus does it when it runs.');
  }
  if (status !== 'removing' && options.yes !== true && !(await context.confirm(await describeLoss(work), serverName))) {
    throw new StartError(`${serverName} stays as it is.`);
  }
  const removal = new RemoveServer(servers, new PostgresServerRemovals(database), systemRandomSource);
  const job = await removal.start(serverName);
  print(`${serverName} is closed, and is being removed: ${progressOf(job)}.`);
  if (options.wait === true) await followRemoval(removal, job, print);
  else if (isAlone) print('The rest is done as soon as Plexus runs.');
}

/** What the operator is asked about. */
async function describeLoss({ servers, database, serverName, config }: Work): Promise<string> {
  const describe = new DescribeUsage({ servers, use: new PostgresServerUse(database) }, quotaRules(config));
  const { accounts, total } = await describe.ofServer({ serverName, isDeploymentAdmin: true }, serverName);
  const gone = accounts.users + accounts.deactivated;
  return `${serverName} goes with ${gone} accounts, its keys, and every room that nobody of another hosted server is in; its users have sent ${total.events} events. Nothing of it comes back but from a backup.`;
}

/** Prints a line whenever the job has got further. */
async function followRemoval(removal: RemoveServer, job: ServerRemoval, print: Work['print']): Promise<void> {
  let shown = progressOf(job);
  for (;;) {
    const found = await removal.find(job.jobId);
    if (found.finishedAt !== undefined) return print(`${job.serverName} is gone.`);
    const now = progressOf(found);
    if (now !== shown) print(now);
    shown = now;
    await systemClock.delay(LOOK_MS);
  }
}

function progressOf(removal: ServerRemoval): string {
  const { step, usersDone, usersTotal, roomsLeft, refusedDepartures, lastError } = removal;
  return [
    step === 'users' ? `${usersDone} of ${usersTotal} accounts are gone` : 'all accounts are gone',
    ...(step === 'users' || roomsLeft === undefined ? [] : [`${roomsLeft} rooms are left`]),
    ...(refusedDepartures > 0 ? [`${refusedDepartures} rooms did not let a user go`] : []),
    ...(lastError === undefined ? [] : [`it stopped, and is tried again: ${lastError}`]),
  ].join(', ');
}
