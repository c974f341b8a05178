import type { ForgottenRoomReader } from '@plexus/storage';
import type { UserSession } from '../sessions/user-session.ts';
import type { UnreadCounter } from '../unread/unread-counter.ts';
import type { RoomAnswer, RoomAnswerer } from './answer-room.ts';
import type { ChosenRoom } from './choose-rooms.ts';
import { GoneError } from './gone-error.ts';
import type { SentMembers } from './sent-members.ts';
import type { SyncRequest } from './sync-request.ts';

export interface ChosenRoomsOptions {
  readonly rooms: RoomAnswerer;
  readonly unread: Pick<UnreadCounter, 'prepare'>;
  readonly forgotten: Pick<ForgottenRoomReader, 'findForgottenRooms'>;
}

export interface RoomsRequest {
  readonly request: SyncRequest;
  readonly session: UserSession;
  readonly sent: SentMembers;
  /** The client has nothing that counts. */
  readonly isInitial: boolean;
}

export type AnsweredRoom = ChosenRoom & { readonly answer: RoomAnswer | undefined };

/** So many rooms are worked on at once. */
const ROOMS_AT_ONCE = 8;
const NOTHING: readonly AnsweredRoom[] = [];

/** Answers for all rooms of which a response may have to tell. */
export class ChosenRoomsAnswerer {
  readonly #options: ChosenRoomsOptions;

  constructor(options: ChosenRoomsOptions) {
    this.#options = options;
  }

  /** Throws where the client has gone meanwhile. */
  async answer(chosen: readonly ChosenRoom[], asked: RoomsRequest): Promise<readonly AnsweredRoom[]> {
    if (chosen.length === 0) return NOTHING;
    await this.#prepareUnread(asked.session, chosen);
    const rooms = asked.isInitial ? await this.#withoutForgotten(chosen, asked.request) : chosen;
    const answers: (RoomAnswer | undefined)[] = [];
    let next = 0;
    const work = async (): Promise<void> => {
      for (let index = next++; index < rooms.length; index = next++) {
        const room = rooms[index];
        if (room !== undefined) answers[index] = await this.#answerRoom(room, asked.sent);
        if (asked.request.end.isGone) throw new GoneError();
      }
    };
    await Promise.all(Array.from({ length: Math.min(ROOMS_AT_ONCE, rooms.length) }, work));
    return rooms.map((room, index) => ({ ...room, answer: answers[index] }));
  }

  #prepareUnread(session: UserSession, chosen: readonly ChosenRoom[]): Promise<void> {
    const [first] = chosen;
    if (first === undefined) return Promise.resolve();
    const { settings } = first.task;
    const joined = chosen.filter(({ section, task }) => section === 'join' && task.room.lastPosition > task.since);
    return this.#options.unread.prepare(
      session,
      joined.map(({ task }) => task.room),
      settings.ignored,
    );
  }

  /** Only an initial sync can bring up rooms that the user left long ago. */
  async #withoutForgotten(chosen: readonly ChosenRoom[], { userId }: SyncRequest): Promise<readonly ChosenRoom[]> {
    if (!chosen.some(({ section }) => section === 'leave')) return chosen;
    const forgotten = await this.#options.forgotten.findForgottenRooms(userId);
    return chosen.filter(({ task }) => task.membership.position > (forgotten.get(task.room.roomId) ?? 0));
  }

  #answerRoom({ section, task }: ChosenRoom, sent: SentMembers): Promise<RoomAnswer | undefined> {
    if (section === 'join') return this.#options.rooms.answerJoined(task, sent);
    if (section === 'leave') return this.#options.rooms.answerLeft(task, sent);
    return this.#options.rooms.answerStripped(task);
  }
}
