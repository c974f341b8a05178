import { encodeCanonicalJson, SigningKey, signJson } from '@plexus/matrix-base';
import { describe, expect, it } from 'vitest';
import { buildXMatrix, checkRequestSignature, parseXMatrix, requestText } from './x-matrix.ts';

const key = new SigningKey('ed25519:1', Buffer.alloc(32, 5));
const REQUEST = {
  method: 'PUT',
  uri: '/_matrix/federation/v1/send/1?a=%22',
  origin: 'one.example',
  destination: 'two.example:8448',
};

describe('parseXMatrix', () => {
  const expected = { origin: 'one.example', destination: 'two.example:8448', keyId: 'ed25519:1', signature: 'c2ln+/' };

  it.each([
    ['quoted', 'X-Matrix origin="one.example",destination="two.example:8448",key="ed25519:1",sig="c2ln+/"'],
    ['as old servers write it', 'X-Matrix origin=one.example,destination=two.example:8448,key=ed25519:1,sig="c2ln+/"'],
    ['unquoted with slashes', 'X-Matrix origin=one.example,destination=two.example:8448,key=ed25519:1,sig=c2ln+/'],
    [
      'in another order and case',
      'x-matrix  SIG="c2ln+/" ,\t Key="ed25519:1", Destination="two.example:8448",ORIGIN="one.example"',
    ],
    ['with escapes', 'X-Matrix origin="one\\.example",destination="two.example:8448",key="ed25519:\\1",sig="c2ln+/"'],
    [
      'with what nobody knows',
      'X-Matrix extra="a,b=\\"c",origin=one.example,destination=two.example:8448,key=ed25519:1,sig="c2ln+/"',
    ],
  ])('reads a header that is %s', (_, header) => {
    expect(parseXMatrix(header)).toEqual(expected);
  });

  it('reads a header without a destination', () => {
    expect(parseXMatrix('X-Matrix origin=one.example,key="ed25519:1",sig="c2ln"')).toEqual({
      origin: 'one.example',
      destination: undefined,
      keyId: 'ed25519:1',
      signature: 'c2ln',
    });
  });

  it.each([
    ['another scheme', 'Bearer abc'],
    ['no parameters', 'X-Matrix '],
    ['no origin', 'X-Matrix key="ed25519:1",sig="c2ln"'],
    ['no key', 'X-Matrix origin=one.example,sig="c2ln"'],
    ['another algorithm', 'X-Matrix origin=one.example,key="rsa:1",sig="c2ln"'],
    ['no signature', 'X-Matrix origin=one.example,key="ed25519:1"'],
    ['an origin that is no server name', 'X-Matrix origin="one.example/..",key="ed25519:1",sig="c2ln"'],
    ['a destination that is no server name', 'X-Matrix origin=a,destination="",key="ed25519:1",sig="c2ln"'],
    ['an origin that is there twice', 'X-Matrix origin=a,origin=b,key="ed25519:1",sig="c2ln"'],
    ['an open quote', 'X-Matrix origin=a,key="ed25519:1",sig="c2ln'],
    ['no comma', 'X-Matrix origin="a"key="ed25519:1",sig="c2ln"'],
    ['too much', `X-Matrix origin=a,key="ed25519:1",sig="c2ln",x="${'y'.repeat(5_000)}"`],
  ])('does not read a header with %s', (_, header) => {
    expect(parseXMatrix(header)).toBeUndefined();
  });
});

describe('buildXMatrix', () => {
  it('is read back, and its signature holds for this request alone', () => {
    const content = '{"pdus":[]}';
    const credentials = parseXMatrix(buildXMatrix({ ...REQUEST, content }, key));
    if (credentials === undefined) throw new Error('not read back');
    expect(credentials).toMatchObject({ origin: 'one.example', destination: 'two.example:8448', keyId: 'ed25519:1' });
    const { method, uri, destination } = REQUEST;
    const holds = (change: object): boolean =>
      checkRequestSignature(credentials, { method, uri, destination, content, ...change }, key.publicKey);
    expect(holds({})).toBe(true);
    for (const change of [{ method: 'POST' }, { uri: '/' }, { destination: 'three.example' }, { content: '{}' }])
      expect(holds(change)).toBe(false);
  });

  it('signs as the specification does: the request as a JSON object', () => {
    const object = { ...REQUEST, content: { b: 'ü', a: [1] } };
    const content = encodeCanonicalJson(object.content);
    expect(requestText({ ...REQUEST, content })).toBe(encodeCanonicalJson(object));
    expect(requestText(REQUEST)).toBe(encodeCanonicalJson(REQUEST));
    const signed = signJson(object, 'one.example', key);
    expect(buildXMatrix({ ...REQUEST, content }, key)).toContain(
      JSON.stringify(signed.signatures['one.example']).slice(1, -1).split(':').at(-1),
    );
  });
});
