import type { Moderation } from '@plexus/storage';

interface ModerationCommand {
  readonly name: string;
  readonly description: string;
  readonly change: Moderation;
  readonly outcome: string;
}

/** What operators do about users who misbehave, and how they take it back. */
export const MODERATIONS: readonly ModerationCommand[] = [
  {
    name: 'lock',
    description: 'Lock an account: its user can do nothing but log out.',
    change: { isLocked: true },
    outcome: 'is locked',
  },
  { name: 'unlock', description: 'Open a locked account again.', change: { isLocked: false }, outcome: 'is unlocked' },
  {
    name: 'suspend',
    description: 'Suspend an account: its user may read, leave rooms and take back what they have said, and no more.',
    change: { isSuspended: true },
    outcome: 'is suspended',
  },
  {
    name: 'unsuspend',
    description: 'Let a suspended user go on.',
    change: { isSuspended: false },
    outcome: 'is no longer suspended',
  },
  {
    name: 'shadow-ban',
    description: 'Let a user go on as before, and nobody else hear of it.',
    change: { isShadowBanned: true },
    outcome: 'is heard by nobody',
  },
  {
    name: 'lift-shadow-ban',
    description: 'Let a user be heard again.',
    change: { isShadowBanned: false },
    outcome: 'is heard again',
  },
];
