import { waitUntil } from '../../../support/servers/wait-until.ts';
import { countRooms, loggedEvents } from './logged-events.ts';
import type { Work } from './work.ts';
import { differences, FINISHED_WITHIN_MS, forEach, numbered } from './work.ts';

const ROOMS = 60;

/** An account is closed: its user leaves all rooms. */
export const deactivateAccount: Work = {
  name: 'the deactivation of an account',
  async begin({ deployment, http, root }) {
    const leaver = await http.register(`leaver-${Date.now()}`);
    const rooms: string[] = [];
    await forEach(numbered('room', ROOMS), async () => {
      const roomId = await root.createRoom({ preset: 'public_chat' });
      await leaver.join(roomId);
      rooms.push(roomId);
    });
    await root.ask('POST', `/_synapse/admin/v1/deactivate/${encodeURIComponent(leaver.userId)}`, { erase: false });
    return {
      total: ROOMS,
      done: async () => ROOMS - (await countRooms(deployment, leaver.userId, 'join')),
      async finish() {
        await waitUntil('the end of the deactivation', FINISHED_WITHIN_MS, async () => {
          return (await countRooms(deployment, leaver.userId, 'join')) === 0;
        });
        const own = (await loggedEvents(deployment, 'm.room.member')).filter(
          ({ stateKey }) => stateKey === leaver.userId,
        );
        const wrong = rooms.filter((roomId) => {
          const memberships = own
            .filter((event) => event.roomId === roomId)
            .map(({ content }) => content['membership']);
          return memberships.join(' ') !== 'join leave';
        });
        const whoami = await leaver.call('GET', '/_matrix/client/v3/account/whoami');
        return [
          ...differences('rooms that were left otherwise than once', wrong, []),
          ...differences('the answer to the closed account', whoami.status, 401),
        ];
      },
    };
  },
};
