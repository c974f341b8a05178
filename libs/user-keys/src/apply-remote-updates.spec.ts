import type { JsonObject } from '@plexus/matrix-base';
import { describe, expect, it } from 'vitest';
import { applyRemoteUpdates } from './apply-remote-updates.ts';
import type { KnownRemoteKeys } from './apply-remote-updates.ts';
import { decodeRemoteUpdate, encodeRemoteUpdate, GAP_UPDATE } from './remote-device-update.ts';

const RHEA = '@rhea:b.example';

function keysOf(deviceId: string, more: JsonObject = {}): JsonObject {
  return { user_id: RHEA, device_id: deviceId, algorithms: [], keys: {}, signatures: {}, ...more };
}

function device(deviceId: string, streamId: unknown, previous: unknown, more: JsonObject = { keys: keysOf(deviceId) }) {
  const content = { user_id: RHEA, device_id: deviceId, stream_id: streamId, prev_id: previous, ...more } as JsonObject;
  return decodeRemoteUpdate(RHEA, encodeRemoteUpdate('device', content));
}

function signingKeys(content: JsonObject) {
  return decodeRemoteUpdate(RHEA, encodeRemoteUpdate('signing-keys', { user_id: RHEA, ...content }));
}

const master = { user_id: RHEA, usage: ['master'], keys: { a: 'a' } };
const selfSigning = { user_id: RHEA, usage: ['self_signing'], keys: { b: 'b' } };
const known: KnownRemoteKeys = { keys: { devices: { ONE: keysOf('ONE') }, master, selfSigning }, streamId: 5 };

function devicesAfter(...updates: Parameters<typeof applyRemoteUpdates>[1]): string[] | undefined {
  const after = applyRemoteUpdates(known, updates);
  return after && Object.keys(after.keys.devices).sort();
}

describe('updates of a device list', () => {
  it('are done in their order, from the one that the list includes', () => {
    const updates = [
      device('TWO', 6, [5]),
      device('ONE', 7, [6], { deleted: true }),
      device('TWO', 8, [7], { device_display_name: 'Phone' }),
    ];
    expect(applyRemoteUpdates(known, updates)).toEqual({
      keys: {
        devices: { TWO: { ...keysOf('TWO'), unsigned: { device_display_name: 'Phone' } } },
        master,
        selfSigning,
      },
      streamId: 8,
    });
  });

  it('that the list includes already change nothing', () => {
    expect(applyRemoteUpdates(known, [device('ONE', 5, [4], { deleted: true }), device('OLD', 3, [99])])).toEqual(
      known,
    );
  });

  it('may follow several, and skip numbers', () => {
    expect(devicesAfter(device('TWO', 9, [5, 4]), device('THREE', 20, [9]))).toEqual(['ONE', 'THREE', 'TWO']);
    expect(devicesAfter(device('TWO', 6, []))).toEqual(['ONE', 'TWO']);
  });

  it.each<[string, ReturnType<typeof device>]>([
    ['one that follows an unknown one', device('TWO', 7, [6])],
    ['one of which something was left out', decodeRemoteUpdate(RHEA, GAP_UPDATE)],
    ['one without a number', device('TWO', null, [5])],
    ['one whose number is none', device('TWO', '6', [5])],
    ['one that follows what is no number', device('TWO', 6, ['5'])],
    ['one that follows no list', device('TWO', 6, 5)],
    ['keys of another device', device('TWO', 6, [5], { keys: keysOf('OTHER') })],
    ['keys of another user', device('TWO', 6, [5], { keys: keysOf('TWO', { user_id: '@eve:b.example' }) })],
    ['signing keys of another user', signingKeys({ master_key: { user_id: '@eve:b.example' } })],
    ['what cannot be read', decodeRemoteUpdate(RHEA, 'nonsense')],
  ])('have the list asked for anew by %s', (_name, update) => {
    expect(applyRemoteUpdates(known, [update])).toBeUndefined();
  });

  it('have a list asked for anew that was given without a number', () => {
    const unnumbered = { ...known, streamId: undefined };
    expect(applyRemoteUpdates(unnumbered, [device('TWO', 6, [5])])).toBeUndefined();
    expect(applyRemoteUpdates(unnumbered, [])).toEqual(unnumbered);
  });

  it('are not kept where they are too large', () => {
    expect(encodeRemoteUpdate('device', { device_id: 'x'.repeat(70_000) })).toBe(GAP_UPDATE);
  });
});

describe('updates of signing keys', () => {
  it('replace those that they bring', () => {
    const next = { ...selfSigning, keys: { c: 'c' } };
    const after = applyRemoteUpdates({ ...known, streamId: undefined }, [signingKeys({ self_signing_key: next })]);
    expect(after?.keys).toEqual({ devices: known.keys.devices, master, selfSigning: next });
  });

  it('take away a self-signing key that another master key signed', () => {
    const next = { ...master, keys: { d: 'd' } };
    const after = applyRemoteUpdates(known, [signingKeys({ master_key: next })]);
    expect(after?.keys).toEqual({ devices: known.keys.devices, master: next });
  });
});
