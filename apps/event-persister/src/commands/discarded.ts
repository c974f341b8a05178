import type { RoomCommand } from '@plexus/rpc';
import type { RoomEdit } from '../rooms/room-edit.ts';
import { executeCommand } from './execute-command.ts';
import type { CommandContext, Execution } from './execution.ts';
import { refuse } from './execution.ts';

/**
 * Judges a command of somebody whom nobody is to hear, and answers as if it had its effect: the ids are those that its events would have had. What
 * the edit has collected is for nobody, a policy server included.
 */
export function discarded(
  edit: RoomEdit,
  command: NonNullable<RoomCommand['command']>,
  context: CommandContext,
): Execution {
  if (command.$case !== 'sendEvent' && command.$case !== 'changeMembership') {
    return refuse('M_UNKNOWN', 400, 'command.discard', 'Only events and memberships can be discarded');
  }
  const execution = executeCommand(edit, command, { ...context, policy: undefined });
  return execution.outcome === 'stored' ? { outcome: 'unchanged', eventIds: execution.eventIds } : execution;
}
