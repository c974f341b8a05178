import { describe, expect, it } from 'vitest';
import { findBannedCode } from './find-banned-code.ts';

function check(path: string, text: string): string[] {
  return findBannedCode([{ path, text }]);
}

describe('findBannedCode', () => {
  it('names the file, the line and the rule', () => {
    expect(check('apps/sync/src/config.ts', 'const a = 1;\nconst b = process.env.HOME;')).toEqual([
      'apps/sync/src/config.ts:2: only the configuration loader reads process.env',
    ]);
  });

  it('lets the configuration loader read the environment', () => {
    expect(check('libs/service-shell/src/config/environment.ts', 'process.env.HOME')).toEqual([]);
  });

  it.each([
    ['async', 'export async function load() {}'],
    ['await', '  return await load();'],
    ['Date', 'const now = Date.now();'],
    ['new Date', 'const now = new Date();'],
    ['Math.random', 'const luck = Math.random();'],
    ['process', 'process.exit(1);'],
  ])('keeps %s out of the core', (_, line) => {
    expect(check('libs/room-dag/src/pdu/redact.ts', line)).toHaveLength(1);
    expect(check('libs/room-log/src/follow.ts', line)).toEqual([]);
  });

  it.each(['forwardRef(() => A)', 'constructor(private readonly ref: ModuleRef) {}', "const a = require('a');"])(
    'finds %s anywhere',
    (line) => {
      expect(check('apps/sync/src/sync.module.ts', line)).toHaveLength(1);
    },
  );

  it('reads neither comments nor strings', () => {
    const text = "/**\n * Then await the Date. of async work.\n */\nconst a = 'await'; // await\n// process.env";
    expect(check('libs/room-dag/src/pdu/redact.ts', text)).toEqual([]);
  });

  it('finds a test that does not run', () => {
    expect(check('libs/room-dag/src/pdu/redact.spec.ts', "it.skip('works', () => {});")).toHaveLength(1);
  });
});
