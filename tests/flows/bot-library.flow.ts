import { AutojoinRoomsMixin, LogLevel, LogService, MatrixAuth, MatrixClient as BotClient } from 'matrix-bot-sdk';
import { MemoryStorageProvider, MessageEvent } from 'matrix-bot-sdk';
import type { IStorageProvider } from 'matrix-bot-sdk';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { orderedReplicas } from '../../scripts/cluster/ordered-replicas.ts';
import { openReverseProxy } from '../../scripts/cluster/reverse-proxy.ts';
import type { MatrixClient } from '../support/matrix-client.ts';
import { MatrixHttp } from '../support/matrix-client.ts';
import { inBothModes, uniqueName } from './support/in-both-modes.ts';
import type { SyncedEvent } from './support/timeline.ts';
import { followEvents, syncIntoRoom } from './support/timeline.ts';

interface Credentials {
  readonly userId: string;
  readonly accessToken: string;
}

/** A bot as its authors write it with the library that most bots use, through one address for all services. */
inBothModes('a bot on matrix-bot-sdk', (deploy) => {
  let baseUrl: string;
  let alice: MatrixClient;
  const running = new Set<BotClient>();
  beforeAll(async () => {
    LogService.setLevel(LogLevel.ERROR);
    LogService.muteModule('MatrixHttpClient');
    const deployment = await deploy();
    alice = await new MatrixHttp(deployment).register(uniqueName('alice'));
    const proxy = await openReverseProxy({ port: 0, upstreamsFor: orderedReplicas(deployment) });
    baseUrl = proxy.url;
    return () => proxy.close();
  });
  afterEach(() => {
    for (const bot of running) bot.stop();
    running.clear();
  });

  async function signUp(): Promise<Credentials> {
    const bot = await new MatrixAuth(baseUrl).passwordRegister(uniqueName('bot'), 'wonderland');
    return { userId: await bot.getUserId(), accessToken: bot.accessToken };
  }

  /** Joins where it is invited, answers what begins with `!`. */
  async function startBot({ accessToken }: Credentials, storage: IStorageProvider): Promise<BotClient> {
    const bot = new BotClient(baseUrl, accessToken, storage);
    AutojoinRoomsMixin.setupOnClient(bot);
    bot.on('room.message', async (roomId: string, event: { sender: string }) => {
      if (event.sender !== alice.userId) return; // what the bot itself said may come redacted, and then has no body
      const { textBody } = new MessageEvent(event);
      if (textBody.startsWith('!')) await bot.replyNotice(roomId, event, `heard ${textBody}`);
    });
    await bot.start();
    running.add(bot);
    return bot;
  }

  it('joins when it is invited, answers, and after a pause answers what it missed, each message once', async () => {
    const [credentials, storage] = [await signUp(), new MemoryStorageProvider()];
    const bot = await startBot(credentials, storage);
    const roomId = await alice.createRoom({ preset: 'private_chat', name: 'Workshop' });
    const since = await syncIntoRoom(alice, roomId);
    await alice.invite(roomId, credentials.userId);
    await followEvents(alice, roomId, { since, count: 1, isMeant: isJoinOf(credentials.userId) });
    const first = await alice.send(roomId, '!one');
    await followEvents(alice, roomId, { since, count: 1, isMeant: isAnswer });
    bot.stop();
    running.delete(bot);
    for (const word of ['two', 'three', 'four']) await alice.send(roomId, `!${word}`);
    await startBot(credentials, storage);
    const answers = await followEvents(alice, roomId, { since, count: 4, isMeant: isAnswer });
    expect(answers.map(wordOf).toSorted()).toEqual(['four', 'one', 'three', 'two']);
    expect(answers.find((answer) => wordOf(answer) === 'one')?.content['m.relates_to']).toEqual({
      'm.in_reply_to': { event_id: first },
    });
  });

  it('looks after a room: names it, reads its members and state, gives power, kicks, and takes its words back', async () => {
    const credentials = await signUp();
    const bot = await startBot(credentials, new MemoryStorageProvider());
    const roomId = await bot.createRoom({ preset: 'private_chat', invite: [alice.userId] });
    await alice.join(roomId);
    await bot.sendStateEvent(roomId, 'm.room.topic', '', { topic: 'Minutes' });
    expect(await bot.getRoomStateEvent(roomId, 'm.room.topic', '')).toEqual({ topic: 'Minutes' });
    expect((await bot.getJoinedRoomMembers(roomId)).toSorted()).toEqual([alice.userId, credentials.userId].toSorted());
    await bot.setUserPowerLevel(alice.userId, roomId, 50);
    expect(await bot.userHasPowerLevelFor(alice.userId, roomId, 'm.room.topic', true)).toBe(true);
    const word = await bot.sendText(roomId, 'a slip');
    await bot.redactEvent(roomId, word, 'taken back');
    expect(await bot.getEvent(roomId, word)).toMatchObject({ content: {} });
    await bot.kickUser(alice.userId, roomId, 'good night');
    expect(await bot.getJoinedRoomMembers(roomId)).toEqual([credentials.userId]);
  });
});

function isJoinOf(userId: string): (event: SyncedEvent) => boolean {
  return ({ type, state_key: key, content }) =>
    type === 'm.room.member' && key === userId && content['membership'] === 'join';
}

function isAnswer({ content }: SyncedEvent): boolean {
  return content['msgtype'] === 'm.notice';
}

/** Of `> <@alice:one.test> !word`, a blank line, `heard !word`: the word. */
function wordOf({ content }: SyncedEvent): string | undefined {
  return /heard !(\w+)$/.exec(String(content['body']))?.[1];
}
