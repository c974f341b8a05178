import { retentionPolicyOf } from '@plexus/room-view';
import type { PlexusConfig } from '@plexus/service-shell';
import type { SyncSettings } from './sync-parts.ts';

const MEBIBYTE = 1024 * 1024;

/** What this app reads of the configuration. */
export function syncSettings({
  laboratory,
  presence,
  caches,
  retention,
}: Pick<PlexusConfig, 'laboratory' | 'presence' | 'caches' | 'retention'>): SyncSettings {
  const disabled = laboratory.disabled_protections;
  return {
    tailBytes: 32 * MEBIBYTE,
    eventBytes: 16 * MEBIBYTE,
    initialSyncs: 4,
    sessionIdleMs: 5 * 60_000,
    hasPresence: presence.enabled,
    judgedAtOnce: 500,
    retention: retentionPolicyOf(retention),
    keepAnswersMs: caches.sync_response_cache_duration,
    keptAnswers: 16 * MEBIBYTE,
    protections: { gapFill: !disabled.includes('gap_fill'), dropSeen: !disabled.includes('dedupe') },
  };
}
