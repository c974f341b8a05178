import { APPSERVICE_ITEM_KINDS } from '@plexus/storage';
import type { AppserviceItemKind } from '@plexus/storage';

/** In `appservice_items.kind`. */
export function numberOfKind(kind: AppserviceItemKind): number {
  return APPSERVICE_ITEM_KINDS.indexOf(kind);
}

export function kindOfNumber(number: number): AppserviceItemKind {
  const kind = APPSERVICE_ITEM_KINDS[number];
  if (kind === undefined) throw new TypeError(`a stored item has the unknown kind ${number}`);
  return kind;
}
