import { findNumber, isEd25519KeyId, isJsonObject } from '@plexus/matrix-base';
import type { KeyRing, VerifyKey as FoundKey } from '@plexus/remote-servers';
import { findRequiredSignatures, POLICY_KEY_ID } from '@plexus/room-dag';
import type { VerifyKey } from '@plexus/room-dag';
import type { IdentifiedPdu } from './identify-pdu.ts';
import type { KnownKey } from './known-keys.ts';

/** Keys of one server by which some PDUs are signed. */
export interface NeededKeys {
  readonly serverName: string;
  readonly keyIds: readonly string[];
  /** Which of the PDUs is the first one that needs them. */
  readonly first: number;
  /** The latest time at which one of them must have been valid, not after now. */
  readonly validAt: number;
}

/** So many servers are asked at once: with all of a large room's at once none of them would be answered in time. */
const SERVERS_AT_ONCE = 64;

/**
 * Finds the keys that decide whether PDUs are signed by the servers that must have signed them. A key that is not valid at the time of the latest
 * of the events may be so at another's: it is among the result, for each event to decide.
 */
export async function findNeededKeys(
  needed: readonly NeededKeys[],
  keyRing: Pick<KeyRing, 'findKeys'>,
): Promise<KnownKey[]> {
  return (await Promise.all(askForKeys(needed, keyRing))).flat();
}

/** As `findNeededKeys`, for who waits for the keys of each server by itself, in their order; the first ones are asked first. */
export function askForKeys(
  needed: readonly NeededKeys[],
  keyRing: Pick<KeyRing, 'findKeys'>,
): readonly Promise<KnownKey[]>[] {
  const asked = needed.map(() => Promise.withResolvers<KnownKey[]>());
  const open = needed.entries();
  const lane = async (): Promise<void> => {
    for (const [index, ofServer] of open) {
      const found = findOfServer(ofServer, keyRing);
      asked[index]?.resolve(found);
      await Promise.allSettled([found]);
    }
  };
  for (let lanes = Math.min(SERVERS_AT_ONCE, needed.length); lanes > 0; lanes--) void lane();
  return asked.map(({ promise }) => promise);
}

async function findOfServer(
  { serverName, keyIds, validAt }: NeededKeys,
  keyRing: Pick<KeyRing, 'findKeys'>,
): Promise<KnownKey[]> {
  const valid = await keyRing.findKeys(serverName, keyIds, { validAt });
  const others = keyIds.filter((keyId) => !valid.has(keyId));
  const former = others.length === 0 ? [] : (await keyRing.findKeys(serverName, others, {})).values();
  return [...valid.values(), ...former].map((key): KnownKey => [
    serverName,
    key.keyId,
    verifyKeyOf(key),
    key.learnedFrom,
  ]);
}

/** The keys by which PDUs are signed, by server. Also of PDUs whose form was not checked: they may name anything. */
export function listNeededKeys(pdus: Iterable<Pick<IdentifiedPdu, 'pdu' | 'rules'>>, now: number): NeededKeys[] {
  const needed = new Map<string, { readonly first: number; readonly keyIds: Set<string>; validAt: number }>();
  let index = 0;
  for (const { pdu, rules } of pdus) {
    const timestamp = Math.min(findNumber(pdu['origin_server_ts']) ?? 0, now);
    for (const { serverName } of findRequiredSignatures(pdu, rules)) {
      const ofServer = needed.get(serverName) ?? { first: index, keyIds: new Set(), validAt: 0 };
      needed.set(serverName, ofServer);
      for (const keyId of keyIdsOf(pdu['signatures'], serverName)) ofServer.keyIds.add(keyId);
      ofServer.validAt = Math.max(ofServer.validAt, timestamp);
    }
    index += 1;
  }
  return [...needed]
    .filter(([, { keyIds }]) => keyIds.size > 0)
    .map(([serverName, { first, keyIds, validAt }]) => ({ serverName, first, keyIds: [...keyIds], validAt }));
}

function verifyKeyOf({ publicKey, validUntil, expiredAt }: FoundKey): VerifyKey {
  return { publicKey, validUntilTs: validUntil, expiredTs: expiredAt };
}

/** @NOTE The key of a policy server stands in its rooms' states: asking the server for it would lead to nothing, with each event. */
function keyIdsOf(signatures: unknown, serverName: string): string[] {
  if (!isJsonObject(signatures) || !Object.hasOwn(signatures, serverName)) return [];
  const ofServer = signatures[serverName];
  if (!isJsonObject(ofServer)) return [];
  return Object.keys(ofServer).filter((keyId) => isEd25519KeyId(keyId) && keyId !== POLICY_KEY_ID);
}
