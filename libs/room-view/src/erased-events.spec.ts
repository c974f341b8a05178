import { expect, it } from 'vitest';
import { ErasedEvents } from './erased-events.ts';

const [alice, bob] = ['@alice:a.example', '@bob:a.example'] as const;

const message = (sender: string, membership: string) => ({ sender, stateKey: undefined, membership });

it('asks once for those who may be erased, and not at all where the reader was there all the time', async () => {
  const asked: (readonly string[])[] = [];
  const erased = new ErasedEvents({
    async findErasedUsers(userIds) {
      asked.push(userIds);
      return new Set([alice]);
    },
  });
  const state = { sender: alice, stateKey: '', membership: 'leave' };
  expect(await erased.find([message(alice, 'join'), state])).toEqual(new Set());
  expect(asked).toEqual([]);
  const [before, others, invited] = [message(alice, 'leave'), message(bob, 'leave'), message(alice, 'invite')];
  expect(await erased.find([before, others, invited, message(alice, 'join')])).toEqual(new Set([before, invited]));
  expect(asked).toEqual([[alice, bob]]);
});
