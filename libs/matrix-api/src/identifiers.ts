import { text } from './schema.ts';

/** Identifiers as the specification's schemas hold them: the sigil only. Their grammar is checked where they are used. */
export const userIdText = text({ pattern: '^@', maxLength: 255 });
export const roomIdText = text({ pattern: '^!', maxLength: 255 });
export const eventIdText = text({ pattern: '^\\$', maxLength: 255 });
