import type { HostedServer, NoticeWords } from '@plexus/storage';
import type { PlexusConfig } from '../config/plexus-config.ts';
import { findByLanguage } from './find-by-language.ts';
import { noticesUserOf } from './notices-user.ts';
import { hasWords, wordsOf } from './notice-words.ts';

/** What a room of notices and its sender look like. */
export interface NoticeLook {
  readonly displayName?: string;
  readonly avatarUrl?: string;
  readonly roomName: string;
  readonly roomAvatarUrl?: string;
  readonly roomTopic?: string;
}

/** How a hosted server tells its users something. */
export interface NoticePolicy {
  /** Who sends. */
  readonly sender: string;
  readonly autoJoin: boolean;
  /** The power level of the user in the room. */
  readonly usersDefault: number;
  /** Of the server's users. */
  readonly language: string;
  lookIn(language: string): NoticeLook;
  /** What users are told when a limit is reached: in their own language where there are words in it, else in the server's. */
  usageLimitFor(user: { readonly language?: string }): string;
}

/** By the server's own settings, else the deployment's. Nothing where the server has no notices. */
export function noticePolicyOf(
  config: Pick<PlexusConfig, 'server_notices'>,
  { serverName, settings }: Pick<HostedServer, 'serverName' | 'settings'>,
): NoticePolicy | undefined {
  const { server_notices: common } = config;
  const own = settings.serverNotices ?? {};
  const sender = noticesUserOf(config, serverName);
  if (sender === undefined || own.enabled === false) return undefined;
  const words = (language: string): NoticeWords => ({
    ...wordsIn(common.translations, language),
    ...findByLanguage(own.translations ?? {}, language),
  });
  const ofServer = own.language ?? common.language;
  return {
    sender,
    autoJoin: own.autoJoin ?? common.auto_join,
    usersDefault: common.users_default,
    language: ofServer,
    lookIn(language) {
      const said = words(language);
      return defined({
        displayName: said.displayName ?? own.displayName ?? common.system_mxid_display_name,
        avatarUrl: own.avatarUrl ?? common.system_mxid_avatar_url,
        roomName: said.roomName ?? own.roomName ?? common.room_name,
        roomAvatarUrl: own.roomAvatarUrl ?? common.room_avatar_url,
        roomTopic: said.roomTopic ?? own.roomTopic ?? common.room_topic,
      });
    },
    usageLimitFor({ language: wanted }) {
      const written = wanted === undefined ? undefined : words(wanted).usageLimit;
      if (wanted !== undefined && (written !== undefined || hasWords(wanted)))
        return written ?? wordsOf(wanted).usageLimit;
      return words(ofServer).usageLimit ?? wordsOf(ofServer).usageLimit;
    },
  };
}

type Written = PlexusConfig['server_notices']['translations'];

function wordsIn(translations: Written, language: string): NoticeWords {
  const written = findByLanguage(translations, language);
  return written === undefined ? {} : noticeWordsOf(written);
}

/** The words of one language, as the configuration file writes them. */
export function noticeWordsOf(written: Written[string]): NoticeWords {
  const { display_name: displayName, room_name: roomName, room_topic: roomTopic, usage_limit: usageLimit } = written;
  return {
    ...(displayName !== undefined && { displayName }),
    ...(roomName !== undefined && { roomName }),
    ...(roomTopic !== undefined && { roomTopic }),
    ...(usageLimit !== undefined && { usageLimit }),
  };
}

function defined(
  look: { readonly [K in keyof NoticeLook]: NoticeLook[K] | undefined } & { roomName: string },
): NoticeLook {
  const { roomName, displayName, avatarUrl, roomAvatarUrl, roomTopic } = look;
  return {
    roomName,
    ...(displayName !== undefined && { displayName }),
    ...(avatarUrl !== undefined && { avatarUrl }),
    ...(roomAvatarUrl !== undefined && { roomAvatarUrl }),
    ...(roomTopic !== undefined && { roomTopic }),
  };
}
