/** The conditions of a rule, each in plain words with an example. */
"use client";
import { toolKindSchema } from "@fairlead/protocol";
import { type ReactNode, useId } from "react";
import { cn } from "../cn.ts";
import { Input } from "../components/input.tsx";
import { useEndpoints } from "../hooks/use-lists.ts";
import type { RuleForm } from "../text/rule-form.ts";
import { EFFECT_WORDS, KIND_WORDS } from "../text/rule-words.ts";

interface RuleFieldsProps {
  readonly form: RuleForm;
  readonly onChange: (form: RuleForm) => void;
  readonly admin: boolean;
}

const EFFECTS = ["allow", "ask", "deny"] as const;
const NARROW = "border-input bg-card";
const CHOICE =
  "flex min-h-11 cursor-pointer items-center justify-center rounded-lg border px-3 text-sm has-checked:border-primary has-checked:bg-accent has-checked:font-semibold has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-ring md:min-h-9";

export function RuleFields({ form, onChange, admin }: RuleFieldsProps) {
  const id = useId();
  const endpoints = useEndpoints().items;
  const change = (part: Partial<RuleForm>) => onChange({ ...form, ...part });
  const text = (name: "tool" | "command" | "path" | "host" | "note") => ({
    id: `${id}-${name}`,
    value: form[name],
    onChange: (event: { readonly target: { readonly value: string } }) => change({ [name]: event.target.value }),
    autoCapitalize: "none",
    autoCorrect: "off",
    autoComplete: "off",
    spellCheck: name === "note",
    "aria-describedby": `${id}-${name}-about`,
    className: name === "note" ? "" : "font-mono",
  });
  return (
    <div className="flex flex-col gap-4">
      <fieldset>
        <legend className="mb-1.5 font-medium text-sm">A call that fits</legend>
        <div className="grid grid-cols-3 gap-2">
          {EFFECTS.map((effect) => (
            <label key={effect} className={cn(CHOICE, NARROW)}>
              <input
                type="radio"
                name={`${id}-effect`}
                className="sr-only"
                checked={form.effect === effect}
                onChange={() => change({ effect })}
              />
              {effect === "ask" ? "Ask" : EFFECT_WORDS[effect].verb}
            </label>
          ))}
        </div>
        <p className="mt-1.5 text-muted-foreground text-xs">{EFFECT_WORDS[form.effect].about}</p>
      </fieldset>
      <Field id={`${id}-command`} label="Command" about="Word by word. * stands for any text in a word, a last ** for any further words.">
        <Input {...text("command")} maxLength={8_000} placeholder="npm run test **" />
      </Field>
      <Field
        id={`${id}-path`}
        label="Files under"
        about="An absolute path. * stays within one folder, ** goes deeper. Every file of the call must fit."
      >
        <Input {...text("path")} maxLength={1_000} placeholder="/home/me/project/**" />
      </Field>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field id={`${id}-host`} label="Host" about="Every host of the call must fit.">
          <Input {...text("host")} maxLength={1_000} placeholder="*.example.com" />
        </Field>
        <Field id={`${id}-tool`} label="Tool" about="As the agent itself calls it.">
          <Input {...text("tool")} maxLength={1_000} placeholder="WebFetch" />
        </Field>
      </div>
      <fieldset>
        <legend className="mb-1.5 font-medium text-sm">What the call does</legend>
        <div className="flex flex-wrap gap-2">
          {toolKindSchema.options.map((kind) => (
            <label key={kind} className={cn(CHOICE, NARROW)}>
              <input
                type="checkbox"
                className="sr-only"
                checked={form.kinds.includes(kind)}
                onChange={(event) =>
                  change({ kinds: event.target.checked ? [...form.kinds, kind] : form.kinds.filter((other) => other !== kind) })
                }
              />
              {KIND_WORDS[kind]}
            </label>
          ))}
        </div>
      </fieldset>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field id={`${id}-endpoint`} label="Agent">
          <Select
            id={`${id}-endpoint`}
            value={form.endpoint_id}
            onChange={(endpoint_id) => change({ endpoint_id })}
            options={[
              ["", "Any agent"],
              ...endpoints.map(({ id: value, name, runtime_name }) => [value, `${name} on ${runtime_name}`] as const),
              ...(form.endpoint_id === "" || endpoints.some((endpoint) => endpoint.id === form.endpoint_id)
                ? []
                : [[form.endpoint_id, form.endpoint_id] as const]),
            ]}
          />
        </Field>
        {admin && (
          <Field id={`${id}-scope`} label="For">
            <Select
              id={`${id}-scope`}
              value={form.scope}
              onChange={(scope) => change({ scope: scope === "everyone" ? "everyone" : "mine" })}
              options={[
                ["mine", "My sessions"],
                ["everyone", "Everyone's sessions"],
              ]}
            />
          </Field>
        )}
      </div>
      <Field id={`${id}-note`} label="Note" about="Why this rule is there, for whoever reads it later.">
        <Input {...text("note")} maxLength={200} />
      </Field>
    </div>
  );
}

interface FieldProps {
  readonly id: string;
  readonly label: string;
  readonly about?: string;
  readonly children: ReactNode;
}

function Field({ id, label, about, children }: FieldProps) {
  return (
    <div className="min-w-0">
      <label htmlFor={id} className="mb-1.5 block font-medium text-sm">
        {label}
      </label>
      {children}
      {about !== undefined && (
        <p id={`${id}-about`} className="mt-1 text-muted-foreground text-xs">
          {about}
        </p>
      )}
    </div>
  );
}

interface SelectProps {
  readonly id: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly options: readonly (readonly [string, string])[];
}

function Select({ id, value, onChange, options }: SelectProps) {
  return (
    <select
      id={id}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      className="h-11 w-full min-w-0 rounded-lg border border-input bg-card px-2.5 text-base text-card-foreground md:h-9 md:text-sm"
    >
      {options.map(([option, label]) => (
        <option key={option} value={option}>
          {label}
        </option>
      ))}
    </select>
  );
}
