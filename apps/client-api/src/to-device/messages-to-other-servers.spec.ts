import { expect, it } from 'vitest';
import { messagesToOtherServers } from './messages-to-other-servers.ts';

const REQUEST = { sender: '@alice:one.example', type: 'm.room.encrypted', requestId: 'a'.repeat(43) };

it('makes one EDU for each server', () => {
  const messages = {
    '@b:b.example': { D1: { n: 1 }, '*': { n: 2 } },
    '@c:c.example': { D: { n: 3 } },
    '@a:b.example': { D: { n: 4 } },
  };
  const edus = messagesToOtherServers({ ...REQUEST, messages });
  expect(edus.map(({ destination }) => destination)).toEqual(['b.example', 'c.example']);
  expect(JSON.parse(edus[0]?.edu ?? '')).toEqual({
    edu_type: 'm.direct_to_device',
    content: {
      sender: '@alice:one.example',
      type: 'm.room.encrypted',
      message_id: expect.stringMatching(/^.{1,32}$/),
      messages: { '@a:b.example': { D: { n: 4 } }, '@b:b.example': { D1: { n: 1 }, '*': { n: 2 } } },
    },
  });
  expect(messagesToOtherServers({ ...REQUEST, messages })).toEqual(edus);
});

it('divides what would become too long', () => {
  const messages = Object.fromEntries(
    Array.from({ length: 10 }, (_, index) => [`@u${index}:b.example`, { D: { text: 'x'.repeat(60_000) } }]),
  );
  const edus = messagesToOtherServers({ ...REQUEST, messages });
  expect(edus.length).toBe(3);
  expect(new Set(edus.map(({ key }) => key)).size).toBe(3);
  expect(new Set(edus.map(({ edu }) => JSON.parse(edu).content.message_id)).size).toBe(3);
  expect(Math.max(...edus.map(({ edu }) => edu.length))).toBeLessThan(260 * 1024);
});
