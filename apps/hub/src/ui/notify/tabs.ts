/** What the tabs of this browser ask each other: does somebody look at this session right now? */
"use client";

const CHANNEL = "fairlead.tabs";
/** How long the other tabs have to answer (ms). */
const ANSWER_MS = 200;

interface Question {
  readonly type: "looks";
  readonly session_id: string;
  readonly nonce: string;
}

/** Whether this tab shows the session, or the inbox with all of them, to somebody. */
function looksAt(sessionId: string): boolean {
  if (document.visibilityState !== "visible") return false;
  const path = window.location.pathname;
  return path === "/inbox" || path === `/sessions/${encodeURIComponent(sessionId)}`;
}

/** Answers the other tabs until the returned function is called. */
export function answerTabs(): () => void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.onmessage = ({ data }: MessageEvent<Partial<Question>>) => {
    if (data.type === "looks" && data.session_id !== undefined && looksAt(data.session_id)) {
      channel.postMessage({ type: "yes", nonce: data.nonce });
    }
  };
  return () => channel.close();
}

/** Whether any tab of this browser shows the session to somebody. */
export function isLookedAt(sessionId: string): Promise<boolean> {
  if (looksAt(sessionId)) return Promise.resolve(true);
  return new Promise((resolve) => {
    const channel = new BroadcastChannel(CHANNEL);
    const question: Question = { type: "looks", session_id: sessionId, nonce: `${Date.now()}.${Math.random()}` };
    const done = (seen: boolean) => {
      clearTimeout(timer);
      channel.close();
      resolve(seen);
    };
    const timer = setTimeout(() => done(false), ANSWER_MS);
    channel.onmessage = ({ data }: MessageEvent<{ readonly type?: string; readonly nonce?: string }>) => {
      if (data.type === "yes" && data.nonce === question.nonce) done(true);
    };
    channel.postMessage(question);
  });
}
