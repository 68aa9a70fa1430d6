/** Who may watch a terminal besides its owner: add somebody by name, take the right away. */
"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { UserPlus, X } from "lucide-react";
import { type FormEvent, useState } from "react";
import { Button } from "../components/button.tsx";
import { Dialog, DialogContent } from "../components/dialog.tsx";
import { Input } from "../components/input.tsx";
import { useHub } from "../hooks/use-hub.tsx";
import { sayError } from "../text/refusals.ts";

interface ShareDialogProps {
  readonly sessionId: string;
  readonly onClose: () => void;
}

export function ShareDialog({ sessionId, onClose }: ShareDialogProps) {
  const hub = useHub();
  const queries = useQueryClient();
  const key = ["terminal-shares", sessionId];
  const shares = useQuery({ queryKey: key, queryFn: () => hub.operations["terminals.shares"]({ session_id: sessionId }) });
  const [name, setName] = useState("");
  const known = { onSuccess: (next: NonNullable<typeof shares.data>) => queries.setQueryData(key, next) };
  const add = useMutation({
    mutationFn: (username: string) => hub.operations["terminals.share"]({ session_id: sessionId, username }),
    onSuccess(next) {
      known.onSuccess(next);
      setName("");
    },
  });
  const remove = useMutation({
    mutationFn: (userId: string) => hub.operations["terminals.unshare"]({ session_id: sessionId, user_id: userId }),
    ...known,
  });
  const error = add.error ?? remove.error ?? shares.error;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() !== "") add.mutate(name.trim());
  };
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()}>
      <DialogContent title="Share this terminal" description="Who is named here sees the screen and may not type.">
        <div className="flex min-h-0 flex-col gap-3 overflow-y-auto px-5 pt-3 pb-5 pad-safe-bottom">
          <form onSubmit={submit} className="flex gap-2">
            <Input
              value={name}
              maxLength={64}
              autoCapitalize="none"
              autoComplete="off"
              spellCheck={false}
              aria-label="Username"
              placeholder="Username"
              onChange={(event) => setName(event.target.value)}
            />
            <Button type="submit" disabled={name.trim() === "" || add.isPending}>
              <UserPlus aria-hidden /> Add
            </Button>
          </form>
          {error !== null && (
            <p role="alert" className="text-bad text-sm">
              {sayError(error)}
            </p>
          )}
          {shares.data?.length === 0 && <p className="text-muted-foreground text-sm">Only you see it.</p>}
          <ul aria-label="May watch" className="flex flex-col">
            {shares.data?.map(({ user_id, username }) => (
              <li key={user_id} className="flex min-h-11 items-center gap-2 border-b text-sm last:border-b-0">
                <span className="min-w-0 flex-1 truncate">{username}</span>
                <Button
                  variant="ghost"
                  size="icon"
                  aria-label={`Remove ${username}`}
                  disabled={remove.isPending}
                  onClick={() => remove.mutate(user_id)}
                >
                  <X aria-hidden />
                </Button>
              </li>
            ))}
          </ul>
        </div>
      </DialogContent>
    </Dialog>
  );
}
