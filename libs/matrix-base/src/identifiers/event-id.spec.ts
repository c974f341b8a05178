import { describe, expect, it } from 'vitest';
import { isEventId, isEventIdOf } from './event-id.ts';

describe('event ids', () => {
  it.each([
    ['$opaque:example.org', 'server-chosen'],
    ['$acR1l0raoZnm60CBwAVgqbZqoO/mYU81xysh1u7XcJk', 'base64'],
    ['$Rqnc-F-dvnEYJTyHq_iKxU2bZ1CI92-kuZq3a5lr5Zg', 'url-safe'],
  ] as const)('%s has the format %s and no other', (text, format) => {
    expect(isEventId(text)).toBe(true);
    for (const other of ['server-chosen', 'base64', 'url-safe'] as const) {
      expect(isEventIdOf(text, other)).toBe(other === format);
    }
  });

  it.each([
    '',
    '$',
    '$short',
    'Rqnc-F-dvnEYJTyHq_iKxU2bZ1CI92-kuZq3a5lr5Zg',
    '$a:exa_mple',
    '$' + '='.repeat(43),
    null,
    3,
  ])('refuses %j', (text) => {
    expect(isEventId(text)).toBe(false);
  });
});
