/** Heavy parts of a screen, fetched when they are first needed; one that cannot be fetched says so and can be asked for again. */
"use client";
import { type ComponentType, useEffect, useState } from "react";
import { Button } from "./button.tsx";
import { Skeleton } from "./skeleton.tsx";

export type LazyPart<P> = ComponentType<P> & { readonly preload: () => void };

/** Drawn at once where it was fetched before, also in another place. */
export function lazyPart<P extends object>(load: () => Promise<ComponentType<P>>): LazyPart<P> {
  let loaded: ComponentType<P> | undefined;
  const fetchOnce = async () => {
    loaded ??= await load();
    return loaded;
  };

  function Part(props: P) {
    const [state, setState] = useState<"loading" | "ready" | "failed">(loaded === undefined ? "loading" : "ready");
    useEffect(() => {
      if (state !== "loading") return;
      let gone = false;
      fetchOnce().then(
        () => gone || setState("ready"),
        () => gone || setState("failed"),
      );
      return () => {
        gone = true;
      };
    }, [state]);
    if (loaded !== undefined) {
      const Loaded = loaded;
      return <Loaded {...props} />;
    }
    if (state !== "failed") return <Skeleton className="h-16 w-full" />;
    return (
      <p role="alert" className="flex flex-wrap items-center gap-2 text-muted-foreground text-sm">
        This part could not be loaded from the hub.
        <Button variant="outline" size="inline" onClick={() => setState("loading")}>
          Try again
        </Button>
      </p>
    );
  }
  return Object.assign(Part, { preload: () => void fetchOnce().catch(() => undefined) });
}
