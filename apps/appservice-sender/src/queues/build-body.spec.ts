import { expect, it } from 'vitest';
import { buildBody } from './build-body.ts';

const NOTHING = { events: [], ephemeral: [], toDevice: [], changedDevices: [], leftDevices: [], keys: undefined };

it('has the list of events alone where there is nothing else', () => {
  expect(buildBody(NOTHING).toString()).toBe('{"events":[]}');
  expect(buildBody({ ...NOTHING, events: ['{"a":1}', '{}'] }).toString()).toBe('{"events":[{"a":1},{}]}');
});

it('names what is beside events twice', () => {
  const keys = {
    oneTimeKeys: { '@a:one.example': { D: { signed_curve25519: 0 } } },
    unusedFallbackKeys: { '@a:one.example': { D: ['signed_curve25519'] } },
  };
  const devices = { changedDevices: ['@b:one.example'], leftDevices: ['@c:one.example'] };
  const content = { ephemeral: ['{"e":1}'], toDevice: ['{"t":1}'], ...devices, keys };
  const lists = { changed: ['@b:one.example'], left: ['@c:one.example'] };
  expect(JSON.parse(buildBody({ ...NOTHING, ...content }).toString())).toEqual({
    events: [],
    ephemeral: [{ e: 1 }],
    'de.sorunome.msc2409.ephemeral': [{ e: 1 }],
    to_device: [{ t: 1 }],
    'de.sorunome.msc2409.to_device': [{ t: 1 }],
    device_lists: lists,
    'org.matrix.msc3202.device_lists': lists,
    device_one_time_keys_count: keys.oneTimeKeys,
    'org.matrix.msc3202.device_one_time_keys_count': keys.oneTimeKeys,
    'org.matrix.msc3202.device_one_time_key_counts': keys.oneTimeKeys,
    device_unused_fallback_key_types: keys.unusedFallbackKeys,
    'org.matrix.msc3202.device_unused_fallback_key_types': keys.unusedFallbackKeys,
  });
});
