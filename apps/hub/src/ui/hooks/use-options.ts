/** The options of a session's agent: what holds, what somebody asked for, and asking. */
"use client";
import type { SessionView } from "@fairlead/client";
import type { ConfigOption } from "@fairlead/protocol";
import { useMemo } from "react";
import { toast } from "sonner";
import { sayError } from "../text/refusals.ts";
import { useHub } from "./use-hub.tsx";

export interface SessionOption {
  readonly option: ConfigOption;
  /** The value asked for that the agent has not confirmed; null: what holds is what was wanted. */
  readonly pending: string | null;
}

export interface SessionOptions {
  readonly options: readonly SessionOption[];
  /** Absent where the viewer may not change anything now. */
  readonly configure: ((optionId: string, valueId: string) => void) | undefined;
}

interface OptionsOf {
  readonly sessionId: string;
  readonly view: SessionView;
  readonly mayChange: boolean;
}

export function useOptions({ sessionId, view, mayChange }: OptionsOf): SessionOptions {
  const hub = useHub();
  const { config } = view.state;
  const { requested } = view;
  const options = useMemo(
    () =>
      config
        .filter(({ values }) => values.length > 0)
        .map((option): SessionOption => {
          const wanted = requested.get(option.id)?.value_id;
          return { option, pending: wanted === undefined || wanted === option.current ? null : wanted };
        }),
    [config, requested],
  );
  const configure = (optionId: string, valueId: string) => {
    hub.call("sessions.configure", { session_id: sessionId, option_id: optionId, value_id: valueId }).catch((error: unknown) => {
      toast.error(`Not changed. ${sayError(error)}`);
    });
  };
  return { options, configure: mayChange ? configure : undefined };
}

/** What a value is called. */
export function valueName(option: ConfigOption, valueId: string): string {
  return option.values.find(({ id }) => id === valueId)?.name ?? valueId;
}
