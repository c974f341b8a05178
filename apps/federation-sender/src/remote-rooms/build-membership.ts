import { encodeUrlSafeBase64, serverNameOf } from '@plexus/matrix-base';
import type { Clock, JsonObject, RandomSource } from '@plexus/matrix-base';
import type { Malformed } from '@plexus/remote-servers';
import { buildRoomEvent } from '@plexus/room-dag';
import type { BuiltRoomEvent } from '@plexus/room-dag';
import type { HostedServerKeys } from '@plexus/storage';
import type { AskedMembership, MembershipTemplate } from './membership-template.ts';

export interface BuildMembershipPorts {
  readonly keys: HostedServerKeys;
  readonly clock: Pick<Clock, 'now'>;
  readonly random: RandomSource;
}

/** Makes the membership event of a template, signed by the user's server. What the user brings cannot replace what the membership is. */
export function buildMembership(
  template: MembershipTemplate,
  { roomId, userId, membership, content }: AskedMembership & { readonly content: JsonObject },
  { keys, clock, random }: BuildMembershipPorts,
): BuiltRoomEvent | Malformed {
  const serverName = serverNameOf(userId);
  const key = keys.findSigningKey(serverName);
  if (key === undefined) throw new TypeError(`${serverName} is not hosted here`);
  const { rules, authorisingUser } = template;
  const { join_authorised_via_users_server: _claimed, ...given } = content;
  const built = buildRoomEvent(
    {
      type: 'm.room.member',
      sender: userId,
      roomId,
      stateKey: userId,
      content: {
        ...given,
        membership,
        ...(authorisingUser !== undefined && { join_authorised_via_users_server: authorisingUser }),
      },
      prevEvents: template.prevEvents,
      authEvents: template.authEvents,
      depth: template.depth,
      originServerTs: clock.now(),
      eventId: rules.eventIdFormat === 'server-chosen' ? newEventId(serverName, random) : undefined,
      referenceHashes: template.referenceHashes,
    },
    rules,
    [{ serverName, key }],
  );
  return built.outcome === 'ok' ? built : { outcome: 'malformed', because: `${built.rule}: ${built.because}` };
}

/** Of versions 1 and 2. */
export function newEventId(serverName: string, random: RandomSource): string {
  return `$${encodeUrlSafeBase64(random.bytes(18))}:${serverName}`;
}
