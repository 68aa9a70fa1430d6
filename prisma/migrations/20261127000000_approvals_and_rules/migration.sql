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
    "requestedAt" DATETIME NOT NULL,
    "expiresAt" DATETIME,
    "resolvedAt" DATETIME,
    "optionId" TEXT,
    "optionKind" TEXT,
    "reason" TEXT,
    "answers" TEXT,
    "by" TEXT,
    "ruleId" TEXT,

    PRIMARY KEY ("sessionId", "approvalId"),
    CONSTRAINT "Approval_sessionId_fkey" FOREIGN KEY ("sessionId") REFERENCES "Session" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "Rule" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "userId" TEXT NOT NULL,
    "scope" TEXT NOT NULL,
    "effect" TEXT NOT NULL,
    "conditions" TEXT NOT NULL,
    "note" TEXT NOT NULL DEFAULT '',
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "createdAt" DATETIME NOT NULL,
    CONSTRAINT "Rule_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
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

-- What agents wait for now; answered questions of older logs stay in the logs alone.
INSERT INTO "Approval" ("sessionId", "approvalId", "userId", "endpointId", "runtimeId", "turnId", "state", "tool", "data", "requestedAt")
SELECT s."id", json_extract(o."value", '$.approval_id'), s."userId", s."endpointId", s."runtimeId", e."turnId", 'open',
    json_extract(e."data", '$.tool'), e."data", json_extract(e."data", '$.at')
  FROM "Session" s, json_each(s."state", '$.approvals') o, "SessionEvent" e
  WHERE s."activity" = 'needs_approval' AND e."sessionId" = s."id" AND e."seq" = (
    SELECT max(n."seq") FROM "SessionEvent" n WHERE n."sessionId" = s."id" AND n."type" = 'approval.requested'
      AND json_extract(n."data", '$.approval_id') = json_extract(o."value", '$.approval_id'));
