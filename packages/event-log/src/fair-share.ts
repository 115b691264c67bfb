/**
 * Who may have one of a bounded number of places.
 * Promise: while half of them are free anybody may; after that nobody gets beyond an equal share of those who have some. The last
 * eighth is kept for whoever has less than the share that would be his if one more came, so that a newcomer finds a place even
 * when one alone has taken all that he could get.
 */

export interface FairShare {
  /** Takes a place; false when there is none for this owner. */
  enter(owner: string): boolean;
  /** Gives a place back that was taken. */
  leave(owner: string): void;
}

export function createFairShare(places: number): FairShare {
  const held = new Map<string, number>();
  let taken = 0;

  function mayEnter(own: number): boolean {
    const owners = held.size + (own === 0 ? 1 : 0);
    if (taken >= places) return false;
    if (taken >= places - Math.floor(places / 8) && own >= places / (owners + 1)) return false;
    return taken < places / 2 || own < places / owners;
  }

  return {
    enter(owner) {
      const own = held.get(owner) ?? 0;
      if (!mayEnter(own)) return false;
      held.set(owner, own + 1);
      taken += 1;
      return true;
    },
    leave(owner) {
      const own = held.get(owner) ?? 0;
      if (own > 1) held.set(owner, own - 1);
      else held.delete(owner);
      taken -= 1;
    },
  };
}
