import type { NamedCache } from '@plexus/cache';
import type { RoomAdminRepository, RoomAlias, RoomAliasRepository, ServerRemovalRepository } from '@plexus/storage';
import { instead } from '../instead.ts';

/** Whoever moves aliases or takes them away. */
export interface AliasWriters {
  readonly aliases: RoomAliasRepository;
  readonly roomAdmin: RoomAdminRepository;
  readonly removals: ServerRemovalRepository;
}

/** So many aliases of a hosted server go at once. */
const PAGE = 100;

/** The repositories that change where aliases lead, which announce each change to the cache `aliases`. One that is made was held by no cache. */
export function announceAliases(
  { aliases, roomAdmin, removals }: AliasWriters,
  cache: NamedCache<RoomAlias>,
): AliasWriters {
  return {
    aliases: instead(aliases, {
      removeAlias: (roomAlias, roomId) => cache.change([roomAlias], () => aliases.removeAlias(roomAlias, roomId)),
      moveAliases: (from, to, serverName) =>
        changeAll(cache, aliases.listAliases(from, serverName), () => aliases.moveAliases(from, to, serverName)),
    }),
    roomAdmin: instead(roomAdmin, {
      moveAlias: (roomAlias, from, to) => cache.change([roomAlias], () => roomAdmin.moveAlias(roomAlias, from, to)),
      removeRoomNames: (roomId, serverName) =>
        changeAll(cache, roomAdmin.listAliasesOfRoom(roomId, serverName), () =>
          roomAdmin.removeRoomNames(roomId, serverName),
        ),
    }),
    removals: instead(removals, {
      async removeServerRows(serverName) {
        for (let page = await next(); page.length > 0; page = await next()) {
          await cache.change(page, () => aliases.removeAliases(page));
        }
        await removals.removeServerRows(serverName);

        function next(): Promise<string[]> {
          return aliases.listServerAliases(serverName, PAGE);
        }
      },
    }),
  };
}

/** `commit` returns which aliases it changed: those that came between the look-up and the commit are announced afterwards. */
async function changeAll(
  cache: NamedCache<RoomAlias>,
  listed: Promise<readonly string[]>,
  commit: () => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const known = await listed;
  const changed = await cache.change(known, commit);
  const missed = changed.filter((roomAlias) => !known.includes(roomAlias));
  if (missed.length > 0) await cache.change(missed, async () => undefined);
  return changed;
}
