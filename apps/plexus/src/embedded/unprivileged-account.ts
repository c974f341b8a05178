import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { StartError } from '@plexus/service-shell';

/** Postgres refuses to run as root: where we are root, it runs as this account. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
  readonly name: string;
}

/**
 * Who Postgres runs as: nobody else than we, where we are not root. As root: the owner of a data folder that exists already, else
 * `postgres`, else `nobody`. No account is made: that would change the machine.
 */
export function chooseAccount(databaseFolder: string): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = readAccounts();
  const owner = existsSync(databaseFolder) ? statSync(databaseFolder).uid : 0;
  const account =
    accounts.find(({ uid }) => uid === owner && uid !== 0) ??
    accounts.find(({ name }) => name === 'postgres') ??
    accounts.find(({ name }) => name === 'nobody');
  if (account !== undefined) return account;
  throw new StartError('Postgres cannot run as root, and there is no account "postgres" or "nobody": start as a user.');
}

/**
 * The command line that runs a program as the account. Where the account cannot reach the program or the data, because a folder above is
 * closed to it, the program gets the one capability that opens files regardless of their mode.
 */
export function commandAs(account: Account | undefined, program: string, reached: readonly string[]): string[] {
  if (account === undefined) return [program];
  const closed = [program, ...reached].find((path) => !canReach(account, path));
  const identity = [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups'];
  const capability = ['--inh-caps=+dac_override', '--ambient-caps=+dac_override'];
  const setpriv = ['/usr/bin/setpriv', '/bin/setpriv'].find((path) => existsSync(path));
  if (setpriv !== undefined) return [setpriv, ...identity, ...(closed === undefined ? [] : capability), '--', program];
  throw new StartError(
    `Postgres cannot run as root, and the program setpriv (package util-linux) that would run it as ${account.name} is missing: install it, or start as a user.`,
  );
}

/** Whether every folder above a path lets the account through. */
export function canReach(account: Account, path: string): boolean {
  const folder = dirname(path);
  const { uid, gid, mode } = statSync(folder);
  const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
  if ((mode & bit) === 0) return false;
  return folder === path || canReach(account, folder);
}

function readAccounts(): Account[] {
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  return lines
    .map((line) => line.split(':'))
    .map(([name = '', , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }));
}
