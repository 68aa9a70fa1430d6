/** Who watches each terminal and who of them holds keys and size; all who watch are told of each change, once a tick. */
import type { HubToClientFrame, Viewer } from "@fairlead/protocol";

type ViewersFrame = Extract<HubToClientFrame, { type: "terminal.viewers" }>;

/** One view of a terminal, as its room sees it. */
export interface Member {
  readonly sessionId: string;
  /** As its client numbered it. */
  readonly number: number;
  readonly viewer: Viewer;
  /** Whether it is shown the terminal already; until then it is no news to the others. */
  readonly watching: boolean;
  /** What it asked for: nothing, keys and size if nobody has them, or from whoever has them. */
  readonly wants: "nothing" | "free" | "over";
  tell(frame: ViewersFrame): void;
  /** It has keys and size from now on, or gave them back while it goes on to watch. */
  holds(on: boolean): void;
}

export interface Rooms<M extends Member> {
  add(member: M): void;
  /** Leaving gives keys and size back. */
  remove(member: M): void;
  members(sessionId: string): Iterable<M>;
  size(sessionId: string): number;
  /** Terminals that somebody watches. */
  count(): number;
  isHolder(member: M): boolean;
  /** Gives keys and size to the member: `free`: if nobody has them; `over`: from whoever has them. */
  hold(member: M, how: "free" | "over"): void;
  giveBack(member: M): void;
  /**
   * All views of the terminal end, because its runtime is gone. What the member holds is kept for it, so that keys and size do not jump
   * to whichever of its viewers comes back first. `now` in milliseconds.
   */
  keepFor(member: M, now: number): void;
  /** Keeps nothing any more for those who will not come. */
  forget(isGone: (member: M, since: number) => boolean): void;
  /** Somebody began to watch. */
  changed(sessionId: string): void;
}

interface Room<M> {
  readonly members: Set<M>;
  holder: M | undefined;
}

/** Ids of views are chosen by clients and seen by all who watch: nobody may take the place of somebody else's. */
export function isSameView(a: Viewer, b: Viewer): boolean {
  return a.viewer_id === b.viewer_id && a.user_id === b.user_id;
}

/** Keeps nothing of terminals that nobody watches. */
export function createRooms<M extends Member>(): Rooms<M> {
  const rooms = new Map<string, Room<M>>();
  const kept = new Map<string, { readonly member: M; readonly since: number }>();
  const stale = new Set<string>();

  function tellAll(): void {
    const changed = [...stale];
    stale.clear();
    for (const sessionId of changed) {
      const room = rooms.get(sessionId);
      if (room === undefined) continue;
      const watching = [...room.members].filter((member) => member.watching);
      const holder = room.holder?.viewer.viewer_id ?? null;
      const viewers = watching.map(({ viewer }) => viewer);
      for (const member of watching) member.tell({ type: "terminal.viewers", number: member.number, holder, viewers });
    }
  }

  function changed(sessionId: string): void {
    if (stale.size === 0) setImmediate(tellAll);
    stale.add(sessionId);
  }

  function hold(member: M, how: "free" | "over"): void {
    const { sessionId } = member;
    const room = rooms.get(sessionId);
    if (room === undefined || room.holder === member) return;
    const owner = room.holder ?? kept.get(sessionId)?.member;
    if (how === "free" && owner !== undefined && !(room.holder === undefined && isSameView(owner.viewer, member.viewer))) return;
    kept.delete(sessionId);
    room.holder = member;
    member.holds(true);
    changed(sessionId);
  }

  return {
    add(member) {
      const room = rooms.get(member.sessionId) ?? { members: new Set(), holder: undefined };
      rooms.set(member.sessionId, room);
      room.members.add(member);
    },
    remove(member) {
      const room = rooms.get(member.sessionId);
      if (room?.members.delete(member) !== true) return;
      if (room.holder === member) room.holder = undefined;
      if (room.members.size === 0) rooms.delete(member.sessionId);
      else if (member.watching) changed(member.sessionId);
    },
    members: (sessionId) => rooms.get(sessionId)?.members ?? [],
    size: (sessionId) => rooms.get(sessionId)?.members.size ?? 0,
    count: () => rooms.size,
    isHolder: (member) => rooms.get(member.sessionId)?.holder === member,
    hold,
    giveBack(member) {
      const room = rooms.get(member.sessionId);
      if (room?.holder !== member) return;
      room.holder = undefined;
      member.holds(false);
      changed(member.sessionId);
    },
    keepFor(member, now) {
      if (rooms.get(member.sessionId)?.holder === member) kept.set(member.sessionId, { member, since: now });
    },
    forget(isGone) {
      for (const [sessionId, { member, since }] of kept) {
        if (!isGone(member, since)) continue;
        kept.delete(sessionId);
        const waiting = [...(rooms.get(sessionId)?.members ?? [])];
        const next = waiting.find(({ watching, wants, viewer }) => watching && wants === "free" && viewer.may_hold);
        if (next !== undefined) hold(next, "free");
      }
    },
    changed,
  };
}
