import { vi } from 'vitest';

/** Vitest gives up after a second, in which a busy machine may do nothing of what is waited for. */
const PATIENCE_MS = 10_000;

const { waitFor } = vi;
// Files that share their modules run this each.
if (waitFor.name !== 'waitPatiently')
  vi.waitFor = function waitPatiently(condition, options = {}) {
    return waitFor(condition, typeof options === 'number' ? options : { timeout: PATIENCE_MS, ...options });
  };
