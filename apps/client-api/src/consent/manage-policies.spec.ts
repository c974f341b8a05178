import type { Policy } from '@plexus/storage';
import { FakePolicies } from '@plexus/testing';
import { describe, expect, it } from 'vitest';
import { ManagePolicies } from './manage-policies.ts';

/** A replica that has not heard yet of what another one has written. */
class LateReplica extends FakePolicies {
  #copy: readonly Policy[] = [];

  override async refresh(): Promise<void> {
    this.#copy = super.list();
  }

  override list(): readonly Policy[] {
    return this.#copy;
  }
}

const ADMIN = { serverName: 'one.example', isDeploymentAdmin: true };
const PATH = { server: 'one.example', name: 'privacy_policy' };
const DOCUMENTS = [{ language: 'en', purpose: 'policy', format: 'markdown', source: 'text' } as const];

describe('ManagePolicies', () => {
  it('publishes a version of a policy that another replica has stored a moment ago', async () => {
    const policies = new LateReplica();
    const manage = new ManagePolicies({ policies, servers: { isHosted: () => true }, clock: { now: () => 1 } });
    await policies.storePolicy({
      serverName: PATH.server,
      name: PATH.name,
      title: 'Privacy',
      origin: 'admin-api',
      isRequiredAtRegistration: false,
      notifiesGuests: false,
    });
    const published = await manage.publish(ADMIN, PATH, { version: '1', documents: [...DOCUMENTS] });
    expect(published.versions.map(({ version }) => version)).toEqual(['1']);
    expect(await manage.list(ADMIN, undefined)).toEqual([published]);
  });
});
