/** An agent's questions with their choices: one, several, or in one's own words. */
"use client";
import type { ApprovalAnswers, ApprovalQuestion } from "@fairlead/protocol";
import { useId, useState } from "react";
import { Textarea } from "../components/textarea.tsx";

export interface QuestionDraft {
  /** Undefined until every question has an answer. */
  readonly answers: ApprovalAnswers | undefined;
  readonly chosen: Readonly<Record<string, readonly string[]>>;
  readonly texts: Readonly<Record<string, string>>;
  readonly choose: (question: ApprovalQuestion, label: string, on: boolean) => void;
  readonly write: (question: ApprovalQuestion, text: string) => void;
}

export function useQuestionDraft(questions: readonly ApprovalQuestion[]): QuestionDraft {
  const [chosen, setChosen] = useState<Readonly<Record<string, readonly string[]>>>({});
  const [texts, setTexts] = useState<Readonly<Record<string, string>>>({});
  const answerTo = ({ id }: ApprovalQuestion): string[] => {
    const text = (texts[id] ?? "").trim();
    return [...(chosen[id] ?? []), ...(text === "" ? [] : [text])];
  };
  const complete = questions.every((question) => answerTo(question).length > 0);
  return {
    answers: complete ? Object.fromEntries(questions.map((question) => [question.id, answerTo(question)])) : undefined,
    chosen,
    texts,
    choose(question, label, on) {
      const others = question.multiple ? (chosen[question.id] ?? []).filter((other) => other !== label) : [];
      setChosen({ ...chosen, [question.id]: on ? [...others, label] : others });
      // One answer only: choosing takes the place of writing.
      if (!question.multiple && on) setTexts({ ...texts, [question.id]: "" });
    },
    write(question, text) {
      setTexts({ ...texts, [question.id]: text });
      if (!question.multiple && text.trim() !== "") setChosen({ ...chosen, [question.id]: [] });
    },
  };
}

interface QuestionFormProps {
  readonly questions: readonly ApprovalQuestion[];
  readonly draft: QuestionDraft;
  readonly disabled: boolean;
}

export function QuestionForm({ questions, draft, disabled }: QuestionFormProps) {
  const id = useId();
  return (
    <div className="flex flex-col gap-4">
      {questions.map((question) => (
        <fieldset key={question.id} disabled={disabled} className="min-w-0">
          <legend className="mb-1.5 text-sm">
            {question.header !== undefined && question.header !== "" && (
              <span className="mr-2 text-muted-foreground">{question.header}</span>
            )}
            <span className="whitespace-pre-wrap font-medium">{question.question}</span>
          </legend>
          <div className="flex flex-col gap-1.5">
            {question.choices.map(({ label, description }) => (
              <label
                key={label}
                className="flex min-h-11 cursor-pointer items-start gap-3 rounded-lg border bg-card px-3 py-2.5 text-sm hover:bg-accent/50 has-checked:border-primary has-checked:bg-accent/60 has-focus-visible:outline-2 has-focus-visible:outline-ring has-focus-visible:outline-offset-2 md:min-h-9 md:py-2"
              >
                <input
                  type={question.multiple ? "checkbox" : "radio"}
                  name={`${id}-${question.id}`}
                  checked={draft.chosen[question.id]?.includes(label) === true}
                  onChange={(event) => draft.choose(question, label, event.target.checked)}
                  className="mt-0.5 size-4 shrink-0 accent-primary outline-none"
                />
                <span className="min-w-0">
                  <span className="break-words font-medium">{label}</span>
                  {description !== undefined && <span className="block text-muted-foreground text-xs">{description}</span>}
                </span>
              </label>
            ))}
            {question.free_text && (
              <Textarea
                rows={1}
                maxLength={4_000}
                value={draft.texts[question.id] ?? ""}
                onChange={(event) => draft.write(question, event.target.value)}
                aria-label={`Your own answer to: ${question.question}`}
                placeholder={question.choices.length === 0 ? "Your answer" : "Or in your own words"}
              />
            )}
          </div>
        </fieldset>
      ))}
    </div>
  );
}
