import { waitUntil } from '../../../support/servers/wait-until.ts';
import { loggedEvents } from './logged-events.ts';
import type { LoggedEvent } from './logged-events.ts';
import type { Work } from './work.ts';
import { differences, FINISHED_WITHIN_MS, forEach, numbered } from './work.ts';

const ROOMS = 60;

/** A new display name is told to all rooms of its user. */
export const propagateProfile: Work = {
  name: 'the propagation of a profile',
  async begin({ deployment, http }) {
    const user = await http.register(`renamed-${Date.now()}`);
    const rooms: string[] = [];
    await forEach(numbered('room', ROOMS), async () => {
      rooms.push(await user.createRoom({ preset: 'private_chat' }));
    });
    const path = `/_matrix/client/v3/profile/${encodeURIComponent(user.userId)}/displayname`;
    await user.ask('PUT', path, { displayname: 'Renamed' });
    const findRenamed = async (): Promise<LoggedEvent[]> => {
      const members = await loggedEvents(deployment, 'm.room.member');
      return members.filter(
        ({ stateKey, content }) => stateKey === user.userId && content['displayname'] === 'Renamed',
      );
    };
    return {
      total: ROOMS,
      done: async () => (await findRenamed()).length,
      async finish() {
        await waitUntil('all rooms told', FINISHED_WITHIN_MS, async () => {
          return new Set((await findRenamed()).map(({ roomId }) => roomId)).size === ROOMS;
        });
        const told = (await findRenamed()).map(({ roomId }) => roomId);
        return differences('rooms that were told', told.toSorted(), rooms.toSorted());
      },
    };
  },
};
