import type { DeviceSighting } from '@plexus/storage';
import { int8Array, textArray } from './binary-arrays.ts';

/** Sightings as columns: users, devices, times, addresses, user agents. They are in one order everywhere, so that replicas lock alike. */
export function sightingArrays(sightings: readonly DeviceSighting[]): Buffer[] {
  const sorted = sightings.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  return [
    textArray(sorted.map(({ userId }) => userId)),
    textArray(sorted.map(({ deviceId }) => deviceId)),
    int8Array(sorted.map(({ seenAt }) => seenAt)),
    textArray(sorted.map(({ address }) => address)),
    textArray(sorted.map(({ userAgent }) => userAgent)),
  ];
}

function keyOf({ userId, deviceId }: DeviceSighting): string {
  return `${userId} ${deviceId}`;
}
