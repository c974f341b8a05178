import {
  authTypesForEvent,
  buildRoomEvent,
  checkAuth,
  computeReferenceHash,
  MAX_PDU_BYTES,
  MAX_PREV_EVENTS,
} from '@plexus/room-dag';
import type { Drop, EventSigner, PolicyServer, RoomEvent, SignedEvent } from '@plexus/room-dag';
import { encodeUrlSafeBase64, serverNameOf } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import { findPolicyServer } from '../policy/find-policy-server.ts';
import { havePolicySigned } from '../policy/have-policy-signed.ts';
import { refusalOfPolicy } from '../policy/refusal-of-policy.ts';
import { applyRedaction } from '../rooms/apply-redaction.ts';
import type { KnownEvent } from '../rooms/known-event.ts';
import type { CommandOrigin } from '../rooms/changes.ts';
import type { RoomEdit } from '../rooms/room-edit.ts';
import type { RoomHead } from '../rooms/room-head.ts';
import { depthOf } from '../rooms/room-head.ts';
import type { CommandContext, Refusal } from './execution.ts';
import { forbid, INCOMPLETE, refuse } from './execution.ts';

/** An event that a hosted user wants to have in a room. */
export interface LocalEvent {
  readonly type: string;
  readonly sender: string;
  readonly stateKey: string | undefined;
  readonly content: JsonObject;
  readonly redacts?: string | undefined;
  /** Nothing: now. */
  readonly originServerTs: number | undefined;
  readonly origin: CommandOrigin;
  /** Hosted servers that sign besides the sender's. */
  readonly coSigners?: readonly string[];
}

export type Appended = { readonly outcome: 'appended'; readonly known: KnownEvent } | typeof INCOMPLETE | Refusal;

/** `unchanged`: the room is already so, by this event. */
export type Sent = Appended | { readonly outcome: 'unchanged'; readonly eventId: string };

/**
 * Makes an event at the end of the room: fills in `prev_events`, `auth_events` and `depth`, hashes and signs it, authorizes it against
 * the current state, has the room's policy server sign it, and stores it in the edit. Attempts of one item make the same events.
 */
export function appendLocalEvent(edit: RoomEdit, head: RoomHead, local: LocalEvent, context: CommandContext): Appended {
  const signers = findSigners(local, context);
  if (signers === undefined)
    return forbid('server.not_hosted', 'A server that has to sign the event is not hosted here');
  const authEvents = findAuthEvents(edit, head, local);
  const prevEvents = latestOf(head.extremities);
  const stateBefore = head.currentRoot;
  const policyServer = findPolicyServer(edit, head, local);
  if (edit.isIncomplete) return INCOMPLETE;
  const depth = depthOf(head) + 1;
  const built = buildRoomEvent(
    {
      type: local.type,
      sender: local.sender,
      roomId: head.roomId,
      stateKey: local.stateKey,
      content: local.content,
      prevEvents: prevEvents.map(({ event }) => event.eventId),
      authEvents: authEvents.map(({ event }) => event.eventId),
      depth,
      originServerTs: local.originServerTs ?? timeOf(edit, context),
      redacts: local.redacts,
      eventId:
        head.rules.eventIdFormat === 'server-chosen' ? chooseEventId(edit, { ...local, depth }, context) : undefined,
      referenceHashes:
        head.rules.eventReferences === 'pairs' ? referenceHashesOf([...prevEvents, ...authEvents]) : undefined,
    },
    head.rules,
    signers,
  );
  if (built.outcome === 'drop') return refusalOfDrop(built);
  const auth = checkAuth(built.event, edit.authState(stateBefore));
  if (edit.isIncomplete) return INCOMPLETE;
  if (auth.outcome === 'reject') return forbid(auth.rule, auth.because);
  const signed = havePolicySignedFor(edit, built, { policyServer, sender: local.sender, context });
  if (signed.outcome !== 'recommended') return signed;
  const toStore = {
    ...signed.signed,
    status: 'accepted',
    stateBefore,
    prevEvents,
    authEvents,
  } as const;
  applyRedaction(edit, toStore);
  if (edit.isIncomplete) return INCOMPLETE;
  const left = head.extremities.filter((extremity) => !prevEvents.includes(extremity));
  const known = edit.appendEvent(head, toStore, { extremities: left, origin: local.origin });
  return edit.isIncomplete ? INCOMPLETE : { outcome: 'appended', known };
}

function findSigners({ sender, coSigners = [] }: LocalEvent, { keys }: CommandContext): EventSigner[] | undefined {
  const signers: EventSigner[] = [];
  for (const serverName of new Set([serverNameOf(sender), ...coSigners])) {
    const key = keys.findSigningKey(serverName);
    if (key === undefined) return undefined;
    signers.push({ serverName, key });
  }
  return signers;
}

function findAuthEvents(edit: RoomEdit, head: RoomHead, local: LocalEvent): KnownEvent[] {
  const keys = authTypesForEvent({ ...local, rules: head.rules });
  return keys
    .map(({ type, stateKey }) => edit.stateEvent(head.currentRoot, type, stateKey))
    .filter((known) => known !== undefined);
}

/**
 * @NOTE An event names at most 20 predecessors. Where a room has more extremities, the rest stays; its state counts as it is
 * resolved over all of them, which is what the next events merge anyway.
 */
function latestOf(extremities: readonly KnownEvent[]): readonly KnownEvent[] {
  if (extremities.length <= MAX_PREV_EVENTS) return extremities;
  return extremities.toSorted((a, b) => b.event.depth - a.event.depth).slice(0, MAX_PREV_EVENTS);
}

function timeOf(edit: RoomEdit, { clock }: CommandContext): number {
  const { loaded } = edit.sources;
  loaded.attemptedAt ??= clock.now();
  return loaded.attemptedAt;
}

function chooseEventId(
  edit: RoomEdit,
  { sender, depth }: { readonly sender: string; readonly depth: number },
  { random }: CommandContext,
): string {
  const { chosenEventIds } = edit.sources.loaded;
  const chosen = chosenEventIds.get(depth) ?? `$${encodeUrlSafeBase64(random.bytes(18))}:${serverNameOf(sender)}`;
  chosenEventIds.set(depth, chosen);
  return chosen;
}

type Recommended = { readonly outcome: 'recommended'; readonly signed: SignedEvent } | typeof INCOMPLETE | Refusal;

function havePolicySignedFor(
  edit: RoomEdit,
  { event, bytes }: SignedEvent,
  {
    policyServer,
    sender,
    context,
  }: { readonly policyServer: PolicyServer | undefined; readonly sender: string; readonly context: CommandContext },
): Recommended {
  const { policy: asker } = context;
  if (policyServer === undefined || asker === undefined) return { outcome: 'recommended', signed: { event, bytes } };
  const door = { policyServer, asker, origin: serverNameOf(sender) };
  const answer = havePolicySigned(edit, { event, bytes }, door);
  if (answer.outcome === 'incomplete') return INCOMPLETE;
  if (answer.outcome !== 'recommended') return refusalOfPolicy(answer);
  const { length } = answer.signed.bytes;
  return length <= MAX_PDU_BYTES
    ? answer
    : refuse('M_TOO_LARGE', 413, 'format.size', `the event has ${length} bytes with the policy server’s signature`);
}

/** Of versions 1 and 2. */
function referenceHashesOf(cited: readonly KnownEvent[]): Map<string, string> {
  return new Map(cited.map(({ event }) => [event.eventId, referenceHashOf(event)]));
}

const REFERENCE_HASHES = new WeakMap<RoomEvent, string>();

function referenceHashOf(event: RoomEvent): string {
  let hash = REFERENCE_HASHES.get(event);
  if (hash === undefined) {
    hash = computeReferenceHash(event.pdu, event.rules);
    REFERENCE_HASHES.set(event, hash);
  }
  return hash;
}

function refusalOfDrop({ rule, because }: Drop): Refusal {
  if (rule.startsWith('json.')) return refuse('M_BAD_JSON', 400, rule, because);
  return refuse('M_TOO_LARGE', 413, rule, because);
}
