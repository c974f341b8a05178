import type { DeviceSighting } from '@plexus/storage';
import { beforeEach, describe, expect, it } from 'vitest';
import { DeviceSightings } from './device-sightings.ts';

const access = { userId: '@a:one.example', deviceId: 'D', isAdmin: false, isDeploymentAdmin: false, isGuest: false };
const request = { headers: { 'user-agent': 'x'.repeat(300) }, query: {}, clientAddress: '192.0.2.1' };

describe('DeviceSightings', () => {
  let stored: DeviceSighting[];
  let errors: unknown[];
  let told: (readonly string[])[];
  let now: number;
  let fails: boolean;
  let sightings: DeviceSightings;

  beforeEach(() => {
    [stored, errors, told, now, fails] = [[], [], [], 1_000, false];
    const storeSightings = async (seen: readonly DeviceSighting[]) => {
      if (fails) throw new Error('away');
      stored.push(...seen);
    };
    const clock = { now: () => now, delay: async () => {} };
    const storeSeenUsers = async (userIds: readonly string[]) => {
      told.push(userIds);
    };
    sightings = new DeviceSightings(
      { storeSightings },
      { seenUsers: { storeSeenUsers }, clock, failed: (error) => errors.push(error) },
    );
  });

  it('stores a device that goes on asking once a minute', async () => {
    for (const at of [1_000, 30_000, 60_999, 61_000]) {
      now = at;
      sightings.seen(access, request);
      await sightings.flush();
    }
    expect(stored.map(({ seenAt }) => seenAt)).toEqual([1_000, 61_000]);
    expect(stored[0]).toMatchObject({ userId: '@a:one.example', deviceId: 'D', address: '192.0.2.1' });
    expect(stored[0]?.userAgent).toHaveLength(256);
  });

  it('tells of a user once an hour, whatever their devices do', async () => {
    for (const [deviceId, at] of [
      ['D', 1_000],
      ['E', 2_000],
      ['D', 3_600_999],
      ['E', 3_661_000],
    ] as const) {
      now = at;
      sightings.seen({ ...access, deviceId }, request);
      await sightings.flush();
    }
    expect(told).toEqual([['@a:one.example'], ['@a:one.example']]);
  });

  it('tells of a failure and goes on', async () => {
    fails = true;
    sightings.seen(access, request);
    await sightings.flush();
    fails = false;
    sightings.seen({ ...access, deviceId: 'E' }, request);
    await sightings.flush();
    expect([errors.length, stored.map(({ deviceId }) => deviceId)]).toEqual([1, ['E']]);
  });
});
