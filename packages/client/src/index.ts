/** The public surface of the client package: browser and Node, no React. */
export * from "./block-list.ts";
export * from "./blocks.ts";
export * from "./calls.ts";
export * from "./chunked-text.ts";
export * from "./client.ts";
export * from "./drafts.ts";
export * from "./http.ts";
export * from "./live-session.ts";
export * from "./new-id.ts";
export * from "./outbox.ts";
export * from "./session-view.ts";
export * from "./socket.ts";
export * from "./storage.ts";
export * from "./store.ts";
export * from "./subscription.ts";
export * from "./trpc.ts";
export * from "./upload.ts";
export type { RequestedValue } from "./view-draft.ts";
