#!/usr/bin/env bash
# Runs the Go tests beside this file; without Go it says so and fails as a test runner would.
cd "$(dirname "$0")" || exit 1
if ! command -v go >/dev/null 2>&1; then
  echo "Go is not installed on this machine: install it from https://go.dev/dl/ and send the message again." >&2
  exit 127
fi
exec go test -v ./...
