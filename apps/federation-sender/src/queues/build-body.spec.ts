import { encodeCanonicalJson, parseJson } from '@plexus/matrix-base';
import { expect, it } from 'vitest';
import { buildBody } from './build-body.ts';

it('is the canonical JSON of the transaction', () => {
  const pdus = [
    { content: { body: 'ü' }, type: 'm.room.message' },
    { content: {}, type: 'x' },
  ];
  const edus = [{ content: { user_id: '@a:a.example' }, edu_type: 'm.typing' }];
  const transaction = { origin: 'a.example', originServerTs: 12, edus: encodeCanonicalJson(edus, 'any') };
  const bodies = pdus.map((pdu) => Buffer.from(encodeCanonicalJson(pdu, 'any')));
  const expected = encodeCanonicalJson({ origin: 'a.example', origin_server_ts: 12, pdus, edus }, 'any');
  expect(buildBody(transaction, bodies).toString()).toBe(expected);
  expect(parseJson(buildBody({ ...transaction, edus: '[]' }, []).toString())).toMatchObject({});
});
