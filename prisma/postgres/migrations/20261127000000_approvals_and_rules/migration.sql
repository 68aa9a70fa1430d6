-- AlterTable
ALTER TABLE "Endpoint" ADD COLUMN "program" TEXT;

-- CreateTable
CREATE TABLE "Approval" (
    "sessionId" TEXT NOT NULL,
    "approvalId" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "endpointId" TEXT NOT NULL,
    "runtimeId" TEXT NOT NULL,
    "turnId" TEXT,
    "state" TEXT NOT NULL,
    "applied" BOOLEAN NOT NULL DEFAULT false,
    "tool" TEXT NOT NULL,
    "kind" TEXT,
    "inputHash" TEXT,
    "data" TEXT NOT NULL,
    "requestedAt" TIMESTAMP(3) NOT NULL,
    "expiresAt" TIMESTAMP(3),
    "resolvedAt" TIMESTAMP(3),
    "optionId" TEXT,
    "optionKind" TEXT,
    "reason" TEXT,
    "answers" TEXT,
    "by" TEXT,
    "ruleId" TEXT,

    CONSTRAINT "Approval_pkey" PRIMARY KEY ("sessionId", "approvalId")
);

-- CreateTable
CREATE TABLE "Rule" (
    "id" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "scope" TEXT NOT NULL,
    "effect" TEXT NOT NULL,
    "conditions" TEXT NOT NULL,
    "note" TEXT NOT NULL DEFAULT '',
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "createdAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "Rule_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "Approval_userId_state_requestedAt_idx" ON "Approval"("userId", "state", "requestedAt");

-- CreateIndex
CREATE INDEX "Approval_state_requestedAt_idx" ON "Approval"("state", "requestedAt");

-- CreateIndex
CREATE INDEX "Approval_userId_requestedAt_idx" ON "Approval"("userId", "requestedAt");

-- CreateIndex
CREATE INDEX "Approval_requestedAt_idx" ON "Approval"("requestedAt");

-- CreateIndex
CREATE INDEX "Approval_state_expiresAt_idx" ON "Approval"("state", "expiresAt");

-- CreateIndex
CREATE INDEX "Rule_userId_idx" ON "Rule"("userId");

-- AddForeignKey
ALTER TABLE "Approval" ADD CONSTRAINT "Approval_sessionId_fkey" FOREIGN KEY ("sessionId") REFERENCES "Session"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Rule" ADD CONSTRAINT "Rule_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What agents wait for now; answered questions of older logs stay in the logs alone.
INSERT INTO "Approval" ("sessionId", "approvalId", "userId", "endpointId", "runtimeId", "turnId", "state", "tool", "data", "requestedAt")
SELECT s."id", e."approvalId", s."userId", s."endpointId", s."runtimeId", e."turnId", 'open', e."event" ->> 'tool', e."data",
    timestamp 'epoch' + (e."event" ->> 'at')::float8 * interval '1 millisecond'
  FROM "Session" s
  CROSS JOIN LATERAL json_array_elements(CASE WHEN s."state" !~ '\\u(0000|d[89a-f])' THEN s."state"::json -> 'approvals' END) o("value")
  CROSS JOIN LATERAL (
    SELECT n."turnId", n."data", n."event", n."event" ->> 'approval_id' AS "approvalId" FROM (
      -- Texts with escapes that Postgres cannot read are left out; such a question can be answered all the same.
      SELECT v."seq", v."turnId", v."data", CASE WHEN v."data" !~ '\\u(0000|d[89a-f])' THEN v."data"::json END AS "event"
        FROM "SessionEvent" v WHERE v."sessionId" = s."id" AND v."type" = 'approval.requested'
    ) n WHERE n."event" ->> 'approval_id' = o."value" ->> 'approval_id' ORDER BY n."seq" DESC LIMIT 1
  ) e
  WHERE s."activity" = 'needs_approval';
