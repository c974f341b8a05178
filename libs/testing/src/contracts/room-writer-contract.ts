import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RpcError } from '@plexus/rpc';
import type { RoomCommand, RoomCommandHandler, RoomCommandResult, RoomWriterChannels } from '@plexus/rpc';

/** An adapter under test: one owner's side and the channels that lead to it. */
export interface RoomWriterHarness {
  readonly channels: RoomWriterChannels;
  readonly address: string;
  /** Takes the owner's side away, as a crash would. */
  stopOwner(): Promise<void>;
  close(): Promise<void>;
}

/** What every adapter of the `RoomWriter` port does. */
export function roomWriterContract(
  adapter: string,
  open: (handler: RoomCommandHandler) => Promise<RoomWriterHarness>,
): void {
  describe(`RoomWriterContract: ${adapter}`, () => {
    const owner = new ScriptedOwner();
    let harness: RoomWriterHarness;

    beforeEach(async () => {
      owner.reset();
      harness = await open(owner);
    });
    afterEach(() => harness.close());

    it('answers each command with its own result, in whatever order the owner has them', async () => {
      const channel = harness.channels.channelTo(harness.address);
      const ids = Array.from({ length: 200 }, (_, index) => `command-${index}`);
      const results = Promise.all(ids.map((commandId) => channel.execute(buildCommand(commandId))));
      await owner.received(ids.length);
      for (const commandId of ids.toReversed()) owner.answer(commandId, storedAs(`$${commandId}`));
      expect((await results).map(eventIdOf)).toEqual(ids.map((commandId) => `$${commandId}`));
    });

    it('does not let a command that waits hold up the next one', async () => {
      const channel = harness.channels.channelTo(harness.address);
      const slow = channel.execute(buildCommand('slow'));
      const quick = channel.execute(buildCommand('quick'));
      await owner.received(2);
      owner.answer('quick', storedAs('$quick'));
      expect(eventIdOf(await quick)).toBe('$quick');
      owner.answer('slow', storedAs('$slow'));
      expect(eventIdOf(await slow)).toBe('$slow');
    });

    it('carries content bytes, absent and empty state keys, and refusals unchanged', async () => {
      const channel = harness.channels.channelTo(harness.address);
      const content = Buffer.from('{"body":"\\u0000 and ü"}');
      const answers = [
        channel.execute(buildCommand('state', { stateKey: '', content })),
        channel.execute(buildCommand('message', { content })),
      ];
      await owner.received(2);
      expect(eventOf(owner.command('state'))).toMatchObject({ stateKey: '', content });
      expect(eventOf(owner.command('message')).stateKey).toBeUndefined();
      const refused = {
        $case: 'refused' as const,
        value: { errcode: 'M_FORBIDDEN', httpStatus: 403, error: 'no', rule: 'event.power' },
      };
      owner.answer('state', refused);
      owner.answer('message', refused);
      for (const { result } of await Promise.all(answers)) expect(result).toEqual(refused);
    });

    it('fails with RpcError what was under way when the owner is gone, and everything after', async () => {
      const channel = harness.channels.channelTo(harness.address);
      const failure = channel.execute(buildCommand('under-way')).then(eventIdOf, (error: unknown) => error);
      await owner.received(1);
      await harness.stopOwner();
      owner.fail('under-way', new RpcError('the owner is gone'));
      expect(await failure).toBeInstanceOf(RpcError);
      await expect(harness.channels.channelTo(harness.address).execute(buildCommand('later'))).rejects.toBeInstanceOf(
        RpcError,
      );
    });

    it('asks an owner to take shards, and answers when it has them', async () => {
      const channel = harness.channels.channelTo(harness.address);
      await channel.takeShards([3, 5], 5_000);
      expect(owner.taken).toEqual([3, 5]);
      await harness.stopOwner();
      await expect(harness.channels.channelTo(harness.address).takeShards([7], 500)).rejects.toBeInstanceOf(RpcError);
    });

    it('fails with RpcError where nothing listens', async () => {
      const channel = harness.channels.channelTo('127.0.0.1:9');
      await expect(channel.execute(buildCommand('nowhere'))).rejects.toBeInstanceOf(RpcError);
    });
  });
}

type Result = NonNullable<RoomCommandResult['result']>;

/** Keeps every command until the test says what its answer is. */
class ScriptedOwner implements RoomCommandHandler {
  taken: readonly number[] = [];
  #commands = new Map<
    string,
    { command: RoomCommand; resolve: (result: Result) => void; reject: (error: Error) => void }
  >();
  #awaited: { count: number; resolve: () => void } | undefined;

  execute(command: RoomCommand): Promise<RoomCommandResult> {
    return new Promise((resolve, reject) => {
      const answer = (result: Result): void => resolve({ correlationId: command.correlationId, result });
      this.#commands.set(command.commandId, { command, resolve: answer, reject });
      if (this.#commands.size === this.#awaited?.count) this.#awaited.resolve();
    });
  }

  async takeShards(shards: readonly number[]): Promise<void> {
    this.taken = shards;
  }

  reset(): void {
    this.#commands.clear();
    this.taken = [];
    this.#awaited = undefined;
  }

  async received(count: number): Promise<void> {
    if (this.#commands.size >= count) return;
    await new Promise<void>((resolve) => {
      this.#awaited = { count, resolve };
    });
  }

  command(commandId: string): RoomCommand {
    return this.#find(commandId).command;
  }

  answer(commandId: string, result: Result): void {
    this.#find(commandId).resolve(result);
  }

  fail(commandId: string, error: Error): void {
    this.#find(commandId).reject(error);
  }

  #find(commandId: string): {
    command: RoomCommand;
    resolve: (result: Result) => void;
    reject: (error: Error) => void;
  } {
    const found = this.#commands.get(commandId);
    if (found === undefined) throw new Error(`no command ${commandId} came`);
    return found;
  }
}

function buildCommand(commandId: string, event: { stateKey?: string; content?: Buffer } = {}): RoomCommand {
  const value = {
    event: {
      type: 'm.room.message',
      sender: '@alice:one.example',
      stateKey: event.stateKey,
      content: event.content ?? Buffer.from('{}'),
      redacts: '',
      originServerTs: 0,
      transactionId: '',
      senderDeviceId: '',
    },
  };
  return {
    correlationId: 0,
    commandId,
    shard: 3,
    roomId: '!room:one.example',
    traceparent: '',
    command: { $case: 'sendEvent', value },
  };
}

function storedAs(eventId: string): Result {
  return { $case: 'stored', value: { eventIds: [eventId], position: 1 } };
}

function eventIdOf(result: RoomCommandResult): string | undefined {
  return result.result?.$case === 'stored' ? result.result.value.eventIds[0] : undefined;
}

function eventOf(command: RoomCommand): { stateKey: string | undefined; content: Buffer } {
  if (command.command?.$case !== 'sendEvent' || command.command.value.event === undefined) throw new Error('no event');
  const { stateKey, content } = command.command.value.event;
  return { stateKey, content };
}
