/** What Codex and its MCP servers ask people for → questions, and the answers back into the form they want. */
import type { ApprovalAnswers, ApprovalQuestion } from "@fairlead/protocol";
import { z } from "zod";
import { clipText, safeText } from "../../process/text.ts";
import type { inputRequestSchema } from "./wire.ts";

const MAX_CHOICES = 20;
const MAX_QUESTIONS = 8;

type InputRequest = z.infer<typeof inputRequestSchema>;

const line = (text: string, max: number) => clipText(safeText(text), max);

/** `item/tool/requestUserInput`. */
export function inputQuestions({ questions }: InputRequest): ApprovalQuestion[] {
  return questions.map(({ id, header, question, isOther, options }) => {
    const choices = (options ?? []).map(({ label, description }) => ({
      label: line(label, 500),
      ...(description ? { description: line(description, 2_000) } : {}),
    }));
    return {
      id,
      ...(header ? { header: line(header, 200) } : {}),
      question: line(question, 4_000),
      multiple: false,
      free_text: isOther || choices.length === 0 || choices.length > MAX_CHOICES,
      choices: choices.slice(0, MAX_CHOICES),
    };
  });
}

export function inputAnswers(answers: ApprovalAnswers): Record<string, { answers: string[] }> {
  return Object.fromEntries(Object.entries(answers).map(([id, chosen]) => [id, { answers: chosen }]));
}

const constants = z.array(z.looseObject({ const: z.string(), title: z.string().optional() }));
const fieldSchema = z.looseObject({
  type: z.string().optional(),
  title: z.string().optional(),
  description: z.string().optional(),
  enum: z.array(z.string()).optional(),
  enumNames: z.array(z.string()).optional(),
  oneOf: constants.optional(),
  items: z.looseObject({ enum: z.array(z.string()).optional(), anyOf: constants.optional(), oneOf: constants.optional() }).optional(),
});
type Field = z.infer<typeof fieldSchema>;

const FIELD_TYPES = new Set(["string", "number", "integer", "boolean", "array"]);

/** A form as questions, with the way back. */
export interface Form {
  readonly questions: readonly ApprovalQuestion[];
  /** The form's content; undefined when an answer does not fit its field or a required one is missing. */
  fill(answers: ApprovalAnswers): Record<string, unknown> | undefined;
}

interface Choice {
  readonly label: string;
  readonly value: unknown;
}

/** What may be chosen in a field; undefined: any text. */
function choicesOf(field: Field): Choice[] | undefined {
  if (field.type === "boolean") {
    return [
      { label: "Yes", value: true },
      { label: "No", value: false },
    ];
  }
  const titled = field.oneOf ?? field.items?.anyOf ?? field.items?.oneOf;
  if (titled !== undefined) return titled.map((one) => ({ label: line(one.title || one.const, 500), value: one.const }));
  const values = field.enum ?? field.items?.enum;
  return values?.map((value, index) => ({ label: line(field.enumNames?.[index] || value, 500), value }));
}

function fieldValue(field: Field, given: readonly string[]): unknown {
  const choices = choicesOf(field);
  const values = given.map((text) => (choices === undefined ? text : choices.find(({ label }) => label === text)?.value));
  if (values.includes(undefined)) return undefined;
  if (field.type === "array") return values;
  const [value] = values;
  if (field.type !== "number" && field.type !== "integer") return value;
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : Number.NaN;
  return Number.isFinite(number) && (field.type === "number" || Number.isInteger(number)) ? number : undefined;
}

/** Undefined when the form holds something that cannot be asked here. */
export function formOf(properties: Readonly<Record<string, unknown>>, required: readonly string[]): Form | undefined {
  const fields = new Map<string, Field>();
  for (const [name, value] of Object.entries(properties)) {
    const field = fieldSchema.safeParse(value).data;
    if (field === undefined || !FIELD_TYPES.has(field.type ?? "string") || name === "" || name.length > 500) return undefined;
    const choices = choicesOf(field);
    if ((field.type === "array" && choices === undefined) || choices?.some(({ label }) => label === "")) return undefined;
    if (choices !== undefined && choices.length > MAX_CHOICES) return undefined;
    fields.set(name, field);
  }
  if (fields.size > MAX_QUESTIONS) return undefined;
  const questions = [...fields].map(([id, field]) => {
    const choices = choicesOf(field);
    return {
      id,
      ...(field.title ? { header: line(field.title, 200) } : {}),
      question: line(field.description || field.title || id, 4_000),
      multiple: field.type === "array",
      free_text: choices === undefined,
      choices: (choices ?? []).map(({ label }) => ({ label })),
    };
  });
  return {
    questions,
    fill(answers) {
      const content: Record<string, unknown> = {};
      for (const [name, field] of fields) {
        const given = Object.hasOwn(answers, name) ? (answers[name] ?? []) : [];
        if (given.length === 0 && !required.includes(name)) continue;
        const value = given.length === 0 ? undefined : fieldValue(field, given);
        if (value === undefined) return undefined;
        content[name] = value;
      }
      return content;
    },
  };
}
