import type { JsonObject } from '@plexus/matrix-base';
import { describe, expect, it } from 'vitest';
import { aBuiltEvent, ALL_VERSIONS, findAnyKey, keyOf, rulesOf, signerOf } from '../../test-support/signed-pdus.ts';
import { checkSignatures } from '../pdu/check-signatures.ts';
import { EncodedPdu } from '../pdu/encoded-pdu.ts';
import { redactPdu } from '../pdu/redact.ts';
import { addSignatures, signEvent } from '../pdu/sign-event.ts';
import {
  findPolicySignature,
  isSignedByPolicyServer,
  needsPolicySignature,
  POLICY_KEY_ID,
  readPolicyServer,
} from './policy-server.ts';

const KEY = keyOf(POLICY_KEY_ID);
const POLICY_SERVER = { serverName: 'policy.example', publicKey: KEY.publicKey };

describe('readPolicyServer', () => {
  it('reads name and key, and passes over keys of other kinds', () => {
    const content = { via: 'policy.example:8448', public_keys: { ed25519: KEY.publicKey, dilithium: 1 } };
    expect(readPolicyServer(content)).toEqual({ serverName: 'policy.example:8448', publicKey: KEY.publicKey });
  });

  it('takes a key in the alphabet for URLs', () => {
    const urlSafe = '6yhHGKhCiXTSEN2ksjV7kX_N6rBQZ3Xb-M7LlC6NS-s';
    const read = readPolicyServer({ via: 'policy.example', public_keys: { ed25519: urlSafe } });
    expect(read?.publicKey).toBe('6yhHGKhCiXTSEN2ksjV7kX/N6rBQZ3Xb+M7LlC6NS+s');
  });

  it.each<[string, JsonObject | undefined]>([
    ['no event', undefined],
    ['an empty content', {}],
    ['no server', { public_keys: { ed25519: 'k' } }],
    ['what is no server name', { via: 'https://policy.example', public_keys: { ed25519: 'k' } }],
    ['a server that is no text', { via: 1, public_keys: { ed25519: 'k' } }],
    ['no keys', { via: 'policy.example' }],
    ['keys in a list', { via: 'policy.example', public_keys: ['k'] }],
    ['no Ed25519 key', { via: 'policy.example', public_keys: { rsa: 'k' } }],
    ['a key that is no text', { via: 'policy.example', public_keys: { ed25519: { key: 'k' } } }],
    ['an inherited key', { via: 'policy.example', public_keys: JSON.parse('{"__proto__":{"ed25519":"k"}}') }],
  ])('reads none from %s', (_name, content) => {
    expect(readPolicyServer(content)).toBeUndefined();
  });
});

it('asks about everything but the state event that names the policy server', () => {
  expect(needsPolicySignature({ type: 'm.room.policy', stateKey: '' })).toBe(false);
  expect(needsPolicySignature({ type: 'm.room.policy', stateKey: 'other' })).toBe(true);
  expect(needsPolicySignature({ type: 'm.room.policy', stateKey: undefined })).toBe(true);
  expect(needsPolicySignature({ type: 'm.room.power_levels', stateKey: '' })).toBe(true);
  expect(needsPolicySignature({ type: 'm.room.message', stateKey: undefined })).toBe(true);
});

describe('the signature of a policy server', () => {
  it.each(ALL_VERSIONS)('is valid in version %s, of the whole event and of its redacted form', (_version, rules) => {
    const { event } = signEvent(aBuiltEvent(rules).event, [{ serverName: 'policy.example', key: KEY }]);
    expect(isSignedByPolicyServer(event, POLICY_SERVER)).toBe(true);
    expect(isSignedByPolicyServer({ ...event, pdu: redactPdu(event.pdu, rules) }, POLICY_SERVER)).toBe(true);
    expect(findPolicySignature(event.pdu['signatures'], 'policy.example')).toMatch(/^[A-Za-z0-9+/]{86}$/);
  });

  const { event: unsigned } = aBuiltEvent(rulesOf('11'));
  const signed = signEvent(unsigned, [{ serverName: 'policy.example', key: KEY }]).event;

  it.each<[string, typeof unsigned, typeof POLICY_SERVER]>([
    ['an event that it did not sign', unsigned, POLICY_SERVER],
    ['an event that was changed since', { ...signed, pdu: { ...signed.pdu, depth: 99 } }, POLICY_SERVER],
    ['another server', signed, { ...POLICY_SERVER, serverName: 'other.example' }],
    ['another key', signed, { ...POLICY_SERVER, publicKey: 'XGX0JRS2Af3be3knz2fBiRbApjm2Dh61gXDJA8kcJNA' }],
    ['what is no key', signed, { ...POLICY_SERVER, publicKey: 'nonsense!' }],
    [
      'a signature by the key of its other requests',
      signEvent(unsigned, [signerOf('policy.example')]).event,
      POLICY_SERVER,
    ],
  ])('is not valid for %s', (_name, event, policyServer) => {
    expect(isSignedByPolicyServer(event, policyServer)).toBe(false);
  });

  it('stands beside that of the sender’s server, and does not stand for it', () => {
    const key = { serverName: 'a.example', key: KEY };
    const both = signEvent(unsigned, [key]).event;
    const known: typeof findAnyKey = () => ({ publicKey: KEY.publicKey, validUntilTs: Number.MAX_SAFE_INTEGER });
    expect(checkSignatures(new EncodedPdu(both.pdu, both.rules), known)).toEqual({ outcome: 'ok' });
    const alone = signEvent({ ...unsigned, pdu: { ...unsigned.pdu, signatures: {} } }, [key]).event;
    expect(checkSignatures(new EncodedPdu(alone.pdu, alone.rules), known).outcome).toBe('unknown-keys');
    const wrong = addSignatures(unsigned, { 'a.example': { [POLICY_KEY_ID]: 'wrong' } }).event;
    expect(checkSignatures(new EncodedPdu(wrong.pdu, wrong.rules), known)).toEqual({ outcome: 'ok' });
  });
});
