import { describe, expect, it } from 'vitest';
import { findFreePort } from './free-port.ts';

describe('findFreePort', () => {
  it('gives no port twice, though nothing listens on it yet', async () => {
    const ports: number[] = [];
    for (let count = 0; count < 1_500; count += 1) ports.push(await findFreePort());
    expect(new Set(ports).size).toBe(ports.length);
  });
});
