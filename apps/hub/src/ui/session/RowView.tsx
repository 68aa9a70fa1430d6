/** One row of the transcript: picks the component for its kind and gives it what it needs. */
"use client";
import type { Block, MessageExtras, OutboxEntry, UserBlock } from "@fairlead/client";
import type { SessionState } from "@fairlead/protocol";
import { memo } from "react";
import { deliveryWords } from "../text/delivery-words.ts";
import type { Row } from "../text/rows.ts";
import { AnswerBlock } from "./AnswerBlock.tsx";
import { ApprovalCard } from "./ApprovalCard.tsx";
import { FileBlock } from "./FileBlock.tsx";
import { NoticeBlock } from "./NoticeBlock.tsx";
import { OutputBlock } from "./OutputBlock.tsx";
import { PlanBlock } from "./PlanBlock.tsx";
import { type Running, RunningRow } from "./RunningRow.tsx";
import { SystemBlock } from "./SystemBlock.tsx";
import { StepsBlock } from "./steps/StepsBlock.tsx";
import { ThoughtBlock } from "./ThoughtBlock.tsx";
import { TurnBlock } from "./TurnBlock.tsx";
import { UserMessage } from "./UserMessage.tsx";

export interface TranscriptActions {
  readonly onAgain: (content: string, extras?: MessageExtras) => void;
  readonly onCancel: (turnId: string) => void;
  readonly onDiscard: (messageId: string) => void;
  readonly onRetry: (messageId: string) => void;
  /** Absent where there is nothing to stop, or not by the viewer. */
  readonly onStop: (() => void) | undefined;
}

/** What rows need to know of the whole. */
export interface RowContext {
  readonly state: SessionState;
  readonly running: Omit<Running, "turn" | "asking" | "sure">;
  readonly asCommand: boolean;
  readonly runtimeAway: boolean;
  readonly connected: boolean;
  readonly mayWrite: boolean;
  readonly now: number;
  readonly actions: TranscriptActions;
}

interface RowViewProps {
  readonly row: Row;
  /** Of a person's message: the agent got it. */
  readonly given: boolean;
  /** Of steps: nothing came after them. */
  readonly newest: boolean;
  readonly context: RowContext;
}

export function RowView({ row, given, newest, context }: RowViewProps) {
  const { state } = context;
  switch (row.kind) {
    case "block":
      return row.block.type === "user" ? (
        <Posted block={row.block} place={-1} given={given} context={context} />
      ) : (
        <AgentSide block={row.block} growing={isGrowing(row.block, state)} />
      );
    case "steps":
      return <StepsBlock steps={row.steps} live={newest && state.turn !== null} />;
    case "running":
      return state.turn === null ? null : (
        <RunningRow
          {...context.running}
          turn={state.turn}
          asking={state.approvals.length > 0}
          sure={context.connected && !context.runtimeAway}
        />
      );
    case "waiting":
      return <Posted block={row.block} place={row.place} given={false} context={context} />;
    case "outgoing":
      return <Outgoing entry={row.entry} context={context} />;
  }
}

function isGrowing(block: Block, state: SessionState): boolean {
  return state.turn !== null && state.turn.turn_id === block.turn_id;
}

interface AgentSideProps {
  readonly block: Exclude<Block, UserBlock>;
  readonly growing: boolean;
}

const AgentSide = memo(function AgentSide({ block, growing }: AgentSideProps) {
  switch (block.type) {
    case "agent":
      if (block.kind === "answer") return <AnswerBlock block={block} growing={growing} />;
      return block.kind === "thought" ? <ThoughtBlock block={block} growing={growing} /> : <OutputBlock block={block} />;
    case "tool":
      return <StepsBlock steps={[block]} live={growing} />;
    case "plan":
      return <PlanBlock block={block} />;
    case "notice":
      return <NoticeBlock block={block} />;
    case "approval":
      return <ApprovalCard block={block} />;
    case "file":
      return <FileBlock block={block} />;
    case "turn":
      return <TurnBlock block={block} />;
    case "system":
      return <SystemBlock block={block} />;
  }
});

interface PostedProps {
  readonly block: UserBlock;
  readonly place: number;
  readonly given: boolean;
  readonly context: RowContext;
}

function Posted({ block, place, given, context }: PostedProps) {
  const { state, runtimeAway, connected, asCommand, mayWrite, now, actions } = context;
  const { turn_id } = block;
  // A turn that was stopped on its way ended, and the line below it says how; its message was not taken back.
  const delivery = block.delivery === "cancelled" && given ? "done" : block.delivery;
  const busy = state.turn !== null;
  const steers = block.steers !== null && block.steers === state.turn?.turn_id;
  const note = deliveryWords({ delivery, place, busy, runtimeAway, steers, expiresAt: block.expires_at, now });
  const lost = delivery === "expired" || delivery === "cancelled" || delivery === "failed";
  const { content, attachments } = block;
  const cancel = delivery === "waiting" && turn_id !== null && connected && mayWrite ? () => actions.onCancel(turn_id) : undefined;
  const again = lost && mayWrite ? () => actions.onAgain(content, { attachments }) : undefined;
  return (
    <UserMessage
      content={content}
      at={block.at}
      status={delivery}
      note={note}
      asCommand={asCommand}
      attachments={attachments}
      onCancel={cancel}
      onAgain={again}
    />
  );
}

function Outgoing({ entry, context }: { readonly entry: OutboxEntry; readonly context: RowContext }) {
  const { connected, asCommand, actions } = context;
  const { message_id, content, state, error } = entry;
  const refused = state === "refused";
  const words = refused
    ? `Not sent: ${error?.message ?? "refused"}`
    : state === "unsent" && !connected
      ? "On this device, goes out when you are back online"
      : "Sending…";
  return (
    <UserMessage
      content={content}
      at={null}
      status={refused ? "refused" : state === "unsent" ? "unsent" : "sending"}
      note={words}
      asCommand={asCommand}
      attachments={entry.attachments}
      onCancel={state === "unsent" || refused ? () => actions.onDiscard(message_id) : undefined}
      onAgain={refused ? () => actions.onRetry(message_id) : undefined}
    />
  );
}
