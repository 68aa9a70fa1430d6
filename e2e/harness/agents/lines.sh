#!/bin/bash
# Talks back in lines. `lines.sh job MESSAGE` answers once; `lines.sh cli` answers every line it reads and shows a prompt.
# Each message that is begun is noted in the file named by RUNS, so that a test can count.
answer() {
  printf '%s\n' "$1" >>"$RUNS"
  for ((line = 1; line <= 12; line++)); do
    printf '%s: line %d of 12\n' "$1" "$line"
    sleep 0.01
  done
}

if [ "$1" = job ]; then
  answer "$2"
  printf 'a word on stderr\n' >&2
  exit 0
fi
printf 'ready> '
while IFS= read -r message; do
  answer "$message"
  printf 'ready> '
done
