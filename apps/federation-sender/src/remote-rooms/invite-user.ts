import { isJsonObject, serverNameOf, verifySignatures } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import { sendInvite } from '@plexus/remote-servers';
import type {
  KeyRing,
  NoAnswer,
  RemoteInvite,
  RemoteRefusal,
  RemoteRoomOutcome,
  RemoteServers,
} from '@plexus/remote-servers';
import {
  addSignatures,
  authStateOf,
  authTypesForEvent,
  buildRoomEvent,
  checkAuth,
  computeReferenceHash,
  EncodedPdu,
  findRoomVersion,
  MAX_PREV_EVENTS,
  STRIPPED_STATE_TYPES,
} from '@plexus/room-dag';
import type { BuiltRoomEvent, RoomEvent, RoomVersionRules, SignedEvent } from '@plexus/room-dag';
import { readEvent } from '@plexus/room-view';
import type { StateReader } from '@plexus/room-view';
import { PduOutcome } from '@plexus/rpc';
import type { RoomWriter } from '@plexus/rpc';
import type { RoomReader, RoomRecord } from '@plexus/storage';
import { isNobodyThere, refusalOf } from './ask-candidates.ts';
import type { CheckInviteKeys } from './check-invite-keys.ts';
import { newEventId } from './build-membership.ts';
import type { BuildMembershipPorts } from './build-membership.ts';
import { refusalOfReply } from './import-room.ts';
import type { RecommendEvent } from './recommend-event.ts';
import { refuse } from './refuse.ts';

export interface InviteUserPorts extends BuildMembershipPorts {
  readonly servers: RemoteServers;
  readonly keyRing: KeyRing;
  readonly rooms: Pick<RoomReader, 'findRoom' | 'findEvents'>;
  readonly states: StateReader;
  readonly writer: RoomWriter;
  readonly recommend: Pick<RecommendEvent, 'execute'>;
  readonly inviteKeys: Pick<CheckInviteKeys, 'execute'>;
}

/**
 * Invites a user of another server (https://spec.matrix.org/v1.19/server-server-api/#inviting-to-a-room): that server signs the invite before it enters the
 * room.
 *
 * @NOTE The event is made here, beside the room's owner, since no room may wait for the network; what is sent to the room meanwhile lies beside it in
 * the graph, and the owner checks it against both states as it would another server's event.
 */
export class InviteUser {
  readonly #ports: InviteUserPorts;

  constructor(ports: InviteUserPorts) {
    this.#ports = ports;
  }

  async execute(wanted: RemoteInvite): Promise<RemoteRoomOutcome> {
    const room = await this.#ports.rooms.findRoom(wanted.roomId);
    const rules = room && findRoomVersion(room.roomVersion);
    if (room === undefined || rules === undefined) return refuse('M_NOT_FOUND', 404, 'Unknown room');
    const authEvents = await this.#findAuthEvents(room, rules, wanted);
    const invite = await this.#build(room, { rules, authEvents, wanted });
    if (invite.outcome === 'refused') return invite;
    const auth = checkAuth(invite.event, authStateOf(authEvents));
    if (auth.outcome === 'reject') return refuse('M_FORBIDDEN', 403, auth.because);
    if (!(await this.#ports.inviteKeys.execute(invite.event, authEvents)))
      return refuse('M_FORBIDDEN', 403, 'The key of the third-party invite is not valid any more');
    const origin = serverNameOf(wanted.sender);
    const recommended = await this.#ports.recommend.execute(room, invite, origin);
    if (recommended.outcome === 'refused') return recommended;
    const signed = await this.#haveSigned(room, recommended, wanted);
    return signed.outcome === 'refused' ? signed : this.#store(room, signed, origin);
  }

  async #findAuthEvents(room: RoomRecord, rules: RoomVersionRules, wanted: RemoteInvite): Promise<RoomEvent[]> {
    const { sender, targetUserId: stateKey } = wanted;
    const content = { ...wanted.content, membership: 'invite' };
    const keys = authTypesForEvent({ type: 'm.room.member', sender, stateKey, content, rules });
    const create = { type: 'm.room.create', stateKey: '' };
    return this.#findState(room, rules.createEventInAuthEvents ? keys : [create, ...keys]);
  }

  async #findState(
    room: RoomRecord,
    keys: readonly { readonly type: string; readonly stateKey: string }[],
  ): Promise<RoomEvent[]> {
    const nids = (await this.#ports.states.lookup(room, room.currentRoot, keys)) ?? [];
    return this.#findEvents(
      room,
      nids.filter((nid) => nid !== undefined),
    );
  }

  async #findEvents(room: RoomRecord, nids: readonly number[]): Promise<RoomEvent[]> {
    const found = await this.#ports.rooms.findEvents(room.shard, nids);
    return [...found.values()].map((stored) => readEvent(stored, room.roomVersion));
  }

  async #build(
    room: RoomRecord,
    {
      rules,
      authEvents,
      wanted,
    }: { readonly rules: RoomVersionRules; readonly authEvents: readonly RoomEvent[]; readonly wanted: RemoteInvite },
  ): Promise<BuiltRoomEvent | RemoteRefusal> {
    const { keys, clock, random } = this.#ports;
    const serverName = serverNameOf(wanted.sender);
    const key = keys.findSigningKey(serverName);
    if (key === undefined) return refuse('M_FORBIDDEN', 403, `${serverName} is not hosted here`);
    const ends = await this.#findEvents(room, room.forwardExtremities);
    const prevEvents = ends.toSorted((a, b) => b.depth - a.depth).slice(0, MAX_PREV_EVENTS);
    const cited = rules.createEventInAuthEvents
      ? authEvents
      : authEvents.filter(({ type }) => type !== 'm.room.create');
    const built = buildRoomEvent(
      {
        type: 'm.room.member',
        sender: wanted.sender,
        roomId: room.roomId,
        stateKey: wanted.targetUserId,
        content: { ...wanted.content, membership: 'invite' },
        prevEvents: prevEvents.map(({ eventId }) => eventId),
        authEvents: cited.map(({ eventId }) => eventId),
        depth: Math.max(0, ...prevEvents.map(({ depth }) => depth)) + 1,
        originServerTs: clock.now(),
        eventId: rules.eventIdFormat === 'server-chosen' ? newEventId(serverName, random) : undefined,
        referenceHashes: rules.eventReferences === 'pairs' ? referenceHashesOf([...prevEvents, ...cited]) : undefined,
      },
      rules,
      [{ serverName, key }],
    );
    return built.outcome === 'ok' ? built : refuse('M_BAD_JSON', 400, built.because);
  }

  /** The invite with the signature of the invited user's server. */
  async #haveSigned(
    room: RoomRecord,
    { event }: SignedEvent,
    { sender, targetUserId }: RemoteInvite,
  ): Promise<({ readonly outcome: 'signed' } & SignedEvent) | RemoteRefusal> {
    const pair = { origin: serverNameOf(sender), destination: serverNameOf(targetUserId) };
    const described = [
      ...STRIPPED_STATE_TYPES.map((type) => ({ type, stateKey: '' })),
      { type: 'm.room.member', stateKey: sender },
    ];
    const state = await this.#findState(room, described);
    const answer = await sendInvite(this.#ports.servers, pair, {
      roomId: room.roomId,
      eventId: event.eventId,
      roomVersion: room.roomVersion,
      event: event.pdu,
      inviteRoomState: state.map(({ pdu }) => pdu),
    });
    if (answer.outcome !== 'ok') return refusalOf(answer) ?? unreached(answer, pair.destination);
    const signatures = signaturesBy(answer.value.event, pair.destination);
    const isSigned = signatures !== undefined && (await this.#isSignedBy(event, pair.destination, signatures));
    if (!isSigned) return refuse('M_UNKNOWN', 502, `${pair.destination} did not sign the invite`);
    return { outcome: 'signed', ...addSignatures(event, signatures) };
  }

  async #isSignedBy({ pdu, rules }: RoomEvent, serverName: string, signatures: JsonObject): Promise<boolean> {
    const ofServer = signatures[serverName];
    const keyIds = isJsonObject(ofServer) ? Object.keys(ofServer) : [];
    const keys = await this.#ports.keyRing.findKeys(serverName, keyIds, { validAt: this.#ports.clock.now() });
    const text = new EncodedPdu(pdu, rules).underSignatures();
    const verified = verifySignatures(
      { text, signatures, entity: serverName },
      (_server, keyId) => keys.get(keyId)?.publicKey,
    );
    return verified.outcome === 'ok';
  }

  async #store(room: RoomRecord, { event, bytes }: SignedEvent, serverName: string): Promise<RemoteRoomOutcome> {
    const { eventId } = event;
    const reply = await this.#ports.writer.execute({
      commandId: `invite ${eventId}`,
      roomId: room.roomId,
      command: {
        $case: 'acceptPdu',
        value: {
          roomVersion: room.roomVersion,
          eventId,
          json: bytes,
          origin: serverName,
          destination: serverName,
          contentHashMismatch: false,
        },
      },
    });
    if (reply.$case !== 'received') return refusalOfReply(reply);
    if (reply.value.outcome === PduOutcome.PDU_OUTCOME_ACCEPTED) return { outcome: 'done', eventId };
    return refuse(
      'M_FORBIDDEN',
      403,
      reply.value.because === '' ? 'The room does not take the invite' : reply.value.because,
    );
  }
}

function unreached(answer: NoAnswer, serverName: string): RemoteRefusal {
  if (isNobodyThere(answer)) return refuse('M_FORBIDDEN', 403, `The server ${serverName} cannot be reached from here`);
  return refuse('M_UNKNOWN', 502, `${serverName} could not be reached for the invite`);
}

function referenceHashesOf(cited: readonly RoomEvent[]): Map<string, string> {
  return new Map(cited.map(({ eventId, pdu, rules }) => [eventId, computeReferenceHash(pdu, rules)]));
}

function signaturesBy(event: JsonObject, serverName: string): JsonObject | undefined {
  const { signatures } = event;
  if (!isJsonObject(signatures) || !Object.hasOwn(signatures, serverName)) return undefined;
  const ofServer = signatures[serverName];
  return isJsonObject(ofServer) ? { [serverName]: ofServer } : undefined;
}
