/** `AskUserQuestion`: Claude Code's questions as ours, and people's answers as it wants them. Pure. */
import type { ApprovalAnswers, ApprovalQuestion, ToolInput } from "@fairlead/protocol";
import { z } from "zod";
import { clipText, safeText } from "../../process/text.ts";

const MAX_QUESTIONS = 8;
const MAX_CHOICES = 20;

const askedSchema = z.looseObject({
  questions: z
    .array(
      z.looseObject({
        question: z.string().min(1).max(4_000),
        header: z.string().optional().catch(undefined),
        multiSelect: z.boolean().catch(false),
        options: z
          .array(z.looseObject({ label: z.string().min(1).max(500), description: z.string().optional().catch(undefined) }))
          .max(MAX_CHOICES)
          .catch([]),
      }),
    )
    .min(1)
    .max(MAX_QUESTIONS),
});

/** Undefined when they cannot be shown whole. */
export function readQuestions(input: ToolInput): ApprovalQuestion[] | undefined {
  const asked = askedSchema.safeParse(input);
  if (!asked.success) return undefined;
  return asked.data.questions.map(({ question, header, multiSelect, options }, index) => ({
    id: questionId(index),
    ...(header === undefined ? {} : { header: clipText(safeText(header), 200) }),
    question: safeText(question),
    multiple: multiSelect,
    free_text: true,
    choices: options.map(({ label, description }) => ({
      label: safeText(label),
      ...(description === undefined ? {} : { description: clipText(safeText(description), 2_000) }),
    })),
  }));
}

/** The call's input with the answers in it, by the questions' texts; undefined when one is not answered. */
export function withAnswers(input: ToolInput, answers: ApprovalAnswers | undefined): ToolInput | undefined {
  const asked = askedSchema.safeParse(input);
  if (!asked.success || answers === undefined) return undefined;
  const given: [string, string][] = [];
  for (const [index, { question }] of asked.data.questions.entries()) {
    const answer = Object.hasOwn(answers, questionId(index)) ? answers[questionId(index)] : undefined;
    if (answer === undefined || answer.length === 0) return undefined;
    given.push([question, answer.join(", ")]);
  }
  return { ...input, answers: Object.fromEntries(given) };
}

function questionId(index: number): string {
  return `question-${index + 1}`;
}
