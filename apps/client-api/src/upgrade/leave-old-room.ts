import type { RoomState } from '@plexus/room-view';
import type { RoomCommandRequest, RoomWriter } from '@plexus/rpc';
import type { PublishedRoomRepository, RoomAliasRepository } from '@plexus/storage';
import type { PublishRoom } from '../directory/publish-room.ts';
import { encodeContent, protoEvent } from '../rooms/proto-event.ts';
import { commandIdOf, errorOfReply, executeCommand } from '../rooms/room-commands.ts';
import type { Upgrade } from './upgrade.ts';
import { lockedPowerLevels } from './upgraded-power-levels.ts';

export interface LeaveOldRoomPorts {
  readonly writer: RoomWriter;
  readonly aliases: Pick<RoomAliasRepository, 'moveAliases'>;
  readonly published: Pick<PublishedRoomRepository, 'isPublished' | 'unpublishRoom'>;
  readonly states: RoomState;
}

/** So many bans are carried over at once. */
const BANS_AT_ONCE = 10;

/**
 * Leaves a room for the one that replaces it: bans, aliases and the place in the directory go over, then the old room is closed. Repeated, it does
 * nothing that was done before.
 */
export class LeaveOldRoom {
  readonly #ports: LeaveOldRoomPorts;
  readonly #publishRoom: PublishRoom;

  constructor(ports: LeaveOldRoomPorts, publishRoom: PublishRoom) {
    this.#ports = ports;
    this.#publishRoom = publishRoom;
  }

  async execute(upgrade: Upgrade, replacement: string): Promise<void> {
    await this.#copyBans(upgrade, replacement);
    await this.#moveAliases(upgrade, replacement);
    await this.#bury(upgrade, replacement);
    await this.#lock(upgrade, replacement);
  }

  /** @NOTE All members are looked at: an upgrade is rare, and nothing else tells who is banned. */
  async #copyBans({ requester, old }: Upgrade, replacement: string): Promise<void> {
    const members = await this.#ports.states.list(old, old.currentRoot, 'members');
    const bans = members.filter(({ content }) => content['membership'] === 'ban');
    for (let first = 0; first < bans.length; first += BANS_AT_ONCE) {
      await Promise.all(
        bans.slice(first, first + BANS_AT_ONCE).map(({ stateKey: targetUserId = '', content: { reason } }) =>
          this.#try({
            commandId: commandIdOf('upgrade-ban', replacement, targetUserId),
            roomId: replacement,
            command: {
              $case: 'changeMembership',
              value: {
                sender: requester.userId,
                senderDeviceId: requester.deviceId,
                targetUserId,
                membership: 'ban',
                content: encodeContent(reason === undefined ? {} : { reason }),
                onlyFrom: [],
              },
            },
          }),
        ),
      );
    }
  }

  async #moveAliases(upgrade: Upgrade, replacement: string): Promise<void> {
    const { aliases, published } = this.#ports;
    const { old, requester, state } = upgrade;
    const { serverName } = requester;
    await aliases.moveAliases(old.roomId, replacement, serverName);
    if (await published.isPublished(serverName, old.roomId)) {
      await this.#publishRoom.execute(serverName, replacement);
      await published.unpublishRoom(serverName, old.roomId);
    }
    const canonical = state.find('m.room.canonical_alias', '');
    if (canonical === undefined || Object.keys(canonical.content).length === 0) return;
    await this.#trySend(upgrade, replacement, { type: 'm.room.canonical_alias', content: canonical.content });
    await this.#trySend(upgrade, old.roomId, { type: 'm.room.canonical_alias', content: {} });
  }

  async #bury({ requester, old, state }: Upgrade, replacement: string): Promise<void> {
    if (state.find('m.room.tombstone', '')?.content['replacement_room'] === replacement) return;
    const content = { body: 'This room has been replaced', replacement_room: replacement };
    await executeCommand(this.#ports.writer, {
      commandId: commandIdOf('upgrade-tombstone', old.roomId, replacement),
      roomId: old.roomId,
      command: { $case: 'sendEvent', value: { event: stateEvent(requester, 'm.room.tombstone', content) } },
    });
  }

  async #lock(upgrade: Upgrade, replacement: string): Promise<void> {
    const { old, state } = upgrade;
    const content = lockedPowerLevels(state.find('m.room.power_levels', '')?.content ?? {});
    await this.#trySend(upgrade, old.roomId, { type: 'm.room.power_levels', content, id: replacement });
  }

  async #trySend(
    { requester, id }: Upgrade,
    roomId: string,
    { type, content, id: part = '' }: { readonly type: string; readonly content: object; readonly id?: string },
  ): Promise<void> {
    await this.#try({
      commandId: commandIdOf('upgrade-state', id, roomId, type, part),
      roomId,
      command: { $case: 'sendEvent', value: { event: stateEvent(requester, type, { ...content }) } },
    });
  }

  /** What the room's owner refuses stays as it is: the upgrade is good without it. An owner who cannot be reached stops it until later. */
  async #try(request: RoomCommandRequest): Promise<void> {
    const reply = await this.#ports.writer.execute(request);
    if (reply.$case === 'failed' || reply.$case === 'overloaded') throw errorOfReply(reply);
  }
}

function stateEvent(
  { userId, deviceId }: Upgrade['requester'],
  type: string,
  content: Parameters<typeof encodeContent>[0],
) {
  return protoEvent({ type, stateKey: '', sender: userId, senderDeviceId: deviceId, content: encodeContent(content) });
}
