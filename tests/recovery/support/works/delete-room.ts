import type { Json } from '../../../support/matrix-client.ts';
import { textOf } from '../../../support/matrix-client.ts';
import { waitUntil } from '../../../support/servers/wait-until.ts';
import { countMembers, loggedEvents } from './logged-events.ts';
import type { Work } from './work.ts';
import { differences, FINISHED_WITHIN_MS, forEach, numbered } from './work.ts';

const ROOMS = '/_synapse/admin/v2/rooms';
const MEMBERS = 40;

/** A room goes, and its members are brought over to another one. */
export const deleteRoom: Work = {
  name: 'the deletion of a room',
  async begin({ deployment, http, root }) {
    const roomId = await root.createRoom({ preset: 'public_chat' });
    const owner = await http.register(`owner-${Date.now()}`);
    const members = [root.userId];
    await forEach(numbered(`member-${Date.now()}`, MEMBERS - 1), async (name) => {
      const member = await http.register(name);
      await member.join(roomId);
      members.push(member.userId);
    });
    const path = `${ROOMS}/${encodeURIComponent(roomId)}`;
    const deletion = { purge: true, new_room_user_id: owner.userId };
    const deleteId = textOf(await root.ask('DELETE', path, deletion), 'delete_id');
    return {
      total: MEMBERS,
      done: async () => MEMBERS - (await countMembers(deployment, roomId, 'join')),
      async finish() {
        const moved = await moveOf(() => root.call('GET', `${ROOMS}/delete_status/${deleteId}`));
        const newRoomId = textOf(moved, 'new_room_id');
        const joins = await loggedEvents(deployment, 'm.room.member');
        const arrived = joins.filter((event) => event.roomId === newRoomId).map(({ stateKey }) => stateKey);
        const messages = await loggedEvents(deployment, 'm.room.message');
        const gone = await root.call('GET', `/_synapse/admin/v1/rooms/${encodeURIComponent(roomId)}`);
        return [
          ...differences('who was brought out', sorted(moved['kicked_users']), members.toSorted()),
          ...differences('who could not be', moved['failed_to_kick_users'], []),
          ...differences('memberships of the new room', arrived.toSorted(), [owner.userId, ...members].toSorted()),
          ...differences('messages there', messages.filter((event) => event.roomId === newRoomId).length, 1),
          ...differences('the old room', gone.status, 404),
          ...differences('who is in it', await countMembers(deployment, roomId, 'join'), 0),
        ];
      },
    };
  },
};

/** What became of the users when the deletion has come to its end. */
async function moveOf(ask: () => Promise<{ readonly body: Json }>): Promise<Json> {
  let body: Json = {};
  await waitUntil('the end of the deletion', FINISHED_WITHIN_MS, async () => {
    body = (await ask()).body;
    return body['status'] === 'complete';
  });
  return body['shutdown_room'] as Json;
}

function sorted(list: unknown): unknown {
  return Array.isArray(list) ? list.map(String).toSorted() : list;
}
