/** One rule in the list: what it does, whose it is, on or off, change, delete. */
"use client";
import type { Rule } from "@fairlead/protocol";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Pencil, Trash2 } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";
import { cn } from "../cn.ts";
import { Chip } from "../components/badge.tsx";
import { Button } from "../components/button.tsx";
import { Confirm } from "../components/confirm.tsx";
import { Switch } from "../components/switch.tsx";
import { useTRPC } from "../hooks/use-hub.tsx";
import { sayError } from "../text/refusals.ts";
import { ruleSentence, sentenceText } from "../text/rule-words.ts";
import { dayWords } from "../text/time-words.ts";
import { Sentence } from "./Sentence.tsx";

interface RuleRowProps {
  readonly rule: Rule;
  readonly agent: string | undefined;
  readonly mayChange: boolean;
  readonly now: number;
  readonly onEdit: () => void;
}

export function RuleRow({ rule, agent, mayChange, now, onEdit }: RuleRowProps) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  const options = {
    onSuccess: () => queries.invalidateQueries({ queryKey: trpc.rules.list.queryKey() }),
    onError: (error: unknown) => {
      toast.error(sayError(error));
    },
  };
  const update = useMutation(trpc.rules.update.mutationOptions(options));
  const remove = useMutation(trpc.rules.delete.mutationOptions(options));
  const text = sentenceText(ruleSentence(rule, agent));
  return (
    <li className={cn("flex flex-wrap items-center gap-x-3 gap-y-2 rounded-xl border bg-card p-3.5", !rule.enabled && "bg-transparent")}>
      <div className="min-w-0 flex-1 basis-60">
        <p className={cn("text-sm leading-relaxed", !rule.enabled && "text-muted-foreground")}>
          {!rule.enabled && <Chip className="mr-2">Off</Chip>}
          <Sentence draft={rule} agent={agent} />
        </p>
        <p className="mt-1 text-muted-foreground text-xs [overflow-wrap:anywhere]">
          {rule.created_by} · {dayWords(Date.parse(rule.created_at), now)}
          {rule.note !== "" && ` · ${rule.note}`}
        </p>
      </div>
      {mayChange && (
        <div className="flex items-center gap-1">
          <Switch
            checked={rule.enabled}
            disabled={update.isPending}
            aria-label={`${rule.enabled ? "On" : "Off"}: ${text}`}
            onCheckedChange={(enabled) => update.mutate({ rule_id: rule.id, enabled })}
          />
          <Button variant="ghost" size="icon" aria-label={`Change: ${text}`} onClick={onEdit}>
            <Pencil aria-hidden />
          </Button>
          <Button variant="ghost" size="icon" aria-label={`Delete: ${text}`} onClick={() => setAsking(true)}>
            <Trash2 aria-hidden />
          </Button>
        </div>
      )}
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title="Delete this rule?"
        description={`“${text}”. Calls that fit are asked about again. What it decided stays in the logs.`}
        action="Delete rule"
        onConfirm={() => remove.mutate({ rule_id: rule.id })}
      />
    </li>
  );
}
