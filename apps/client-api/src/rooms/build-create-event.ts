import type { CreateRoomRequest } from '@plexus/matrix-api';
import { isUserId, MatrixError } from '@plexus/matrix-base';
import type { JsonObject, JsonValue } from '@plexus/matrix-base';
import { buildRoomEvent } from '@plexus/room-dag';
import type { EventSigner, RoomVersionRules } from '@plexus/room-dag';
import { presetOf } from './initial-events.ts';

export interface CreateEventParts {
  readonly rules: RoomVersionRules;
  readonly creator: string;
  readonly content: JsonObject;
  /** Of versions 1 to 11. */
  readonly roomId: string | undefined;
  /** Of versions 1 and 2. */
  readonly eventId: string | undefined;
  readonly originServerTs: number;
  readonly signer: EventSigner;
}

/** The room's id, and its create event as canonical JSON. */
export function buildCreateEvent(parts: CreateEventParts): { readonly roomId: string; readonly bytes: Buffer } {
  const { rules, creator, content, roomId, eventId, originServerTs, signer } = parts;
  const built = buildRoomEvent(
    {
      type: 'm.room.create',
      sender: creator,
      roomId,
      stateKey: '',
      content,
      prevEvents: [],
      authEvents: [],
      depth: 1,
      originServerTs,
      eventId,
    },
    rules,
    [signer],
  );
  if (built.outcome === 'ok') return { roomId: built.event.roomId, bytes: built.bytes };
  const isTooLarge = built.rule === 'format.size';
  throw new MatrixError(isTooLarge ? 'M_TOO_LARGE' : 'M_BAD_JSON', isTooLarge ? 413 : 400, built.because);
}

/**
 * The content of the create event: `creation_content`, with what the server decides. The invitees of a trusted private chat are creators from
 * version 12 on.
 */
export function createContent(rules: RoomVersionRules, creator: string, request: CreateRoomRequest): JsonObject {
  const { creator: _creator, room_version: _version, ...given } = request.creation_content ?? {};
  const content: JsonObject = { ...given, room_version: rules.version };
  if (!rules.creatorIsSender) content['creator'] = creator;
  if (!rules.privilegedCreators) return content;
  const additional = additionalCreators(given['additional_creators'], creator, request);
  delete content['additional_creators'];
  return additional.length === 0 ? content : { ...content, additional_creators: additional };
}

function additionalCreators(given: JsonValue | undefined, creator: string, request: CreateRoomRequest): string[] {
  const listed = given ?? [];
  if (!Array.isArray(listed) || !listed.every((entry) => isUserId(entry))) {
    throw new MatrixError('M_BAD_JSON', 400, '"creation_content.additional_creators" must be a list of user ids');
  }
  const trusted = presetOf(request) === 'trusted_private_chat' ? (request.invite ?? []) : [];
  return [...new Set([...listed, ...trusted])].filter((userId) => userId !== creator);
}
