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
  tell(frame: ViewersFrame): void;
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
  /** Somebody began to watch. */
  changed(sessionId: string): void;
}

interface Room<M> {
  readonly members: Set<M>;
  holder: M | undefined;
}

/** Keeps nothing of terminals that nobody watches. */
export function createRooms<M extends Member>(): Rooms<M> {
  const rooms = new Map<string, Room<M>>();
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
    hold(member, how) {
      const room = rooms.get(member.sessionId);
      if (room === undefined || room.holder === member || (room.holder !== undefined && how === "free")) return;
      room.holder = member;
      changed(member.sessionId);
    },
    giveBack(member) {
      const room = rooms.get(member.sessionId);
      if (room?.holder !== member) return;
      room.holder = undefined;
      changed(member.sessionId);
    },
    changed,
  };
}
