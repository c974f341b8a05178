import type { MatrixClient } from '../../support/matrix-client.ts';
import { MatrixHttp } from '../../support/matrix-client.ts';
import { sharedDeployment, uniqueName } from './specified-http.ts';

export const PLEXUS_ADMIN = '/_plexus/admin/v1';
export const SYNAPSE_ADMIN = '/_synapse/admin/v1';

let root: Promise<MatrixClient> | undefined;

/** An administrator of the deployment that all files share. */
export function deploymentAdmin(): Promise<MatrixClient> {
  root ??= newDeploymentAdmin();
  return root;
}

async function newDeploymentAdmin(): Promise<MatrixClient> {
  const deployment = await sharedDeployment();
  const userId = `@${uniqueName('root')}:localhost`;
  await deployment.command(['user', 'create', userId, '--admin', '--password', 'wonderland']);
  return new MatrixHttp(deployment).login(userId);
}

/** A new administrator of one of its hosted servers. */
export async function serverAdmin(serverName = 'localhost'): Promise<MatrixClient> {
  const userId = `@${uniqueName('admin')}:${serverName}`;
  const admin = await deploymentAdmin();
  const path = `/_synapse/admin/v2/users/${part(userId)}`;
  const { status, body } = await admin.call('PUT', path, { password: 'wonderland', admin: true });
  if (status !== 201) throw new Error(`nobody is made: ${status} ${JSON.stringify(body)}`);
  return new MatrixHttp(await sharedDeployment()).login(userId);
}

/** A client of another hosted server, which is made where it is not there yet. */
export async function elsewhere(admin: MatrixClient, serverName: string): Promise<MatrixHttp> {
  const settings = { registration: { enabled: true } };
  await admin.call('POST', `${PLEXUS_ADMIN}/servers`, { server_name: serverName, settings });
  return new MatrixHttp(await sharedDeployment(), { host: serverName });
}

/** A part of a path. */
export function part(text: string): string {
  return encodeURIComponent(text);
}
