import { checkAuth, diffStates, isSignedByPolicyServer } from '@plexus/room-dag';
import { findPolicyServer } from '../policy/find-policy-server.ts';
import { isOutlier } from '../rooms/known-event.ts';
import type { KnownEvent } from '../rooms/known-event.ts';
import type { RoomEdit } from '../rooms/room-edit.ts';
import type { LoadedRoom } from '../writing/room-loader.ts';

/**
 * The states of a room that was joined with members omitted, over the complete state: what changed since the join is done again on that. An event
 * that was allowed for want of knowing better is rejected then, and has no part in later states; a message that was rejected or soft-failed for it
 * is shown.
 *
 *     partial state ──changes──► state of an event
 *     complete state ──the same changes──► its state now
 */
export class Rerooting {
  readonly #place: LoadedRoom;
  readonly #from: number;
  readonly #to: number;
  readonly #roots: Map<number, number>;
  readonly #rejected: Set<number>;

  constructor(
    place: LoadedRoom,
    { from, to }: { readonly from: number; readonly to: number },
    before?: { readonly roots: Map<number, number>; readonly rejected: Set<number> },
  ) {
    this.#place = place;
    this.#from = from;
    this.#to = to;
    this.#roots = new Map(before?.roots ?? [[from, to]]);
    this.#rejected = new Set(before?.rejected);
  }

  /** An attempt that may be thrown away works on a copy. */
  copy(): Rerooting {
    return new Rerooting(
      this.#place,
      { from: this.#from, to: this.#to },
      { roots: this.#roots, rejected: this.#rejected },
    );
  }

  /** What has become of a state; means nothing where the edit misses anything. */
  root(edit: RoomEdit, old: number): number {
    const known = this.#roots.get(old);
    if (known !== undefined) return known;
    const diff = diffStates(this.#from, old, edit);
    if (diff.outcome === 'missing') {
      for (const nodeNid of diff.nodeIds) edit.missing.nodes.add(nodeNid);
      return old;
    }
    const kept = diff.differences.filter(({ after }) => after === undefined || !this.#rejected.has(after));
    const changes = kept.map(({ type, stateKey, after }) => ({ type, stateKey, eventNid: after }));
    const root = edit.changeState(this.#place, this.#to, changes);
    if (!edit.isIncomplete) this.#roots.set(old, root);
    return root;
  }

  /** An event as it is over the complete state; the same one where it has no place. */
  event(edit: RoomEdit, known: KnownEvent): KnownEvent {
    if (isOutlier(known) || known.stateBefore === undefined || known.stateAfter === undefined) return known;
    const stateBefore = this.root(edit, known.stateBefore);
    const isAllowed = checkAuth(known.event, edit.authState(stateBefore)).outcome !== 'reject';
    if (known.status === 'accepted' && !isAllowed) {
      this.#rejected.add(known.eventNid);
      return { ...known, status: 'rejected', stateBefore, stateAfter: stateBefore };
    }
    const isShownNow = known.status !== 'accepted' && isAllowed && this.#mayBeShown(edit, known);
    const status = isShownNow ? 'accepted' : known.status;
    return { ...known, status, stateBefore, stateAfter: this.root(edit, known.stateAfter) };
  }

  /** Whether nothing else than the missing members spoke against a message: it is allowed now, and the room's policy server has recommended it. */
  #mayBeShown(edit: RoomEdit, { event }: KnownEvent): boolean {
    const { head } = edit;
    if (head === undefined || event.stateKey !== undefined) return false;
    const currentRoot = this.root(edit, head.currentRoot);
    if (checkAuth(event, edit.authState(currentRoot)).outcome === 'reject') return false;
    const policyServer = findPolicyServer(edit, head, event);
    return policyServer === undefined || isSignedByPolicyServer(event, policyServer);
  }
}
