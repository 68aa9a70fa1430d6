/** Asks before something that cannot be undone; the focus starts on "cancel". */
"use client";
import { AlertDialog as Primitive } from "radix-ui";
import { cn } from "../cn.ts";
import { Button } from "./button.tsx";
import { overlayStyles, sheetStyles } from "./dialog.tsx";

interface ConfirmProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly title: string;
  readonly description: string;
  readonly action: string;
  readonly onConfirm: () => void;
}

export function Confirm({ open, onOpenChange, title, description, action, onConfirm }: ConfirmProps) {
  return (
    <Primitive.Root open={open} onOpenChange={onOpenChange}>
      <Primitive.Portal>
        <Primitive.Overlay className={overlayStyles} />
        <Primitive.Content className={cn(sheetStyles, "gap-4 p-5 pad-safe-bottom sm:w-[26rem]")}>
          <div>
            <Primitive.Title className="font-semibold text-base">{title}</Primitive.Title>
            <Primitive.Description className="mt-1.5 text-muted-foreground text-sm">{description}</Primitive.Description>
          </div>
          <div className="flex flex-col-reverse gap-2 pb-4 sm:flex-row sm:justify-end sm:pb-0">
            <Primitive.Cancel asChild>
              <Button variant="outline">Cancel</Button>
            </Primitive.Cancel>
            <Primitive.Action asChild>
              <Button variant="destructive" onClick={onConfirm}>
                {action}
              </Button>
            </Primitive.Action>
          </div>
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  );
}
