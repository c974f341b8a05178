import { anyObject, list } from '../schema.ts';

/** Events between servers: their format depends on the room's version, and is checked with it. */
export const pduObject = anyObject();
export const pduList = list(pduObject);
