/** Lets bash, zsh and fish mark prompts, commands and folders (OSC 133, OSC 7) without touching the user's own files. */
import { mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

export interface ShellStart {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Told by bash and zsh alike: A prompt begins, B command begins, C output begins, D output ended with a code. */
const BASH = `# Read by bash instead of the user's files, which it reads first.
if [ -n "$FAIRLEAD_LOGIN" ]; then
  unset FAIRLEAD_LOGIN
  [ -r /etc/profile ] && . /etc/profile
  if [ -r ~/.bash_profile ]; then . ~/.bash_profile
  elif [ -r ~/.bash_login ]; then . ~/.bash_login
  elif [ -r ~/.profile ]; then . ~/.profile
  fi
else
  [ -r ~/.bashrc ] && . ~/.bashrc
fi
__fairlead_state=start
__fairlead_code=0
__fairlead_prompt() {
  __fairlead_code=$?
  [ "$__fairlead_state" = ran ] && printf '\\033]133;D;%s\\007' "$__fairlead_code"
  printf '\\033]7;file://%s%s\\007' "\${HOSTNAME:-}" "$PWD"
  case "$PS1" in
    *']133;A'*) ;;
    *) PS1='\\[\\033]133;A\\007\\]'"$PS1"'\\[\\033]133;B\\007\\]' ;;
  esac
  return $__fairlead_code
}
__fairlead_ready() { __fairlead_state=prompt; return $__fairlead_code; }
__fairlead_command() {
  [ "$__fairlead_state" = prompt ] || return 0
  [ -n "$COMP_LINE" ] && return 0
  case "$BASH_COMMAND" in __fairlead_*) return 0 ;; esac
  __fairlead_state=ran
  printf '\\033]133;C\\007'
}
# The user's own command runs between the two; a trap of the user's own stays, and commands are then not marked.
PROMPT_COMMAND="__fairlead_prompt\${PROMPT_COMMAND:+
$PROMPT_COMMAND}
__fairlead_ready"
[ -z "$(trap -p DEBUG)" ] && trap '__fairlead_command' DEBUG
`;

/** zsh looks for its files in one folder: this one reads the user's, then goes back to it. */
const zshFile = (name: string, more = "") => `# Read by zsh instead of the user's ${name}, which it reads first.
ZDOTDIR="\${FAIRLEAD_ZDOTDIR:-$HOME}"
[[ -r "$ZDOTDIR/${name}" ]] && . "$ZDOTDIR/${name}"
${more === "" ? `FAIRLEAD_ZDOTDIR="$ZDOTDIR"\nZDOTDIR="$FAIRLEAD_MARKS"` : more}
`;

const ZSH = `unset FAIRLEAD_ZDOTDIR FAIRLEAD_MARKS
autoload -Uz add-zsh-hook
__fairlead_state=start
__fairlead_precmd() {
  local code=$?
  [[ $__fairlead_state == ran ]] && printf '\\033]133;D;%s\\007' $code
  __fairlead_state=prompt
  printf '\\033]7;file://%s%s\\007' "$HOST" "$PWD"
  [[ $PS1 == *']133;A'* ]] || PS1=$'%{\\e]133;A\\a%}'"$PS1"$'%{\\e]133;B\\a%}'
}
__fairlead_preexec() { __fairlead_state=ran; printf '\\033]133;C\\007'; }
add-zsh-hook precmd __fairlead_precmd
add-zsh-hook preexec __fairlead_preexec`;

const FISH = `function __fairlead_prompt --on-event fish_prompt
  printf '\\033]7;file://%s%s\\007' (hostname) "$PWD"
  printf '\\033]133;A\\007'
end
function __fairlead_preexec --on-event fish_preexec
  printf '\\033]133;C\\007'
end
function __fairlead_postexec --on-event fish_postexec
  printf '\\033]133;D;%s\\007' $status
end
`;

/** Writes the files that shells read into a folder of the runtime's own. Throws when the disk refuses. */
export function writeShellMarks(dataDir: string): string {
  const folder = join(dataDir, "shell");
  mkdirSync(join(folder, "zsh"), { recursive: true, mode: 0o700 });
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text, { mode: 0o600 });
  write("bash", BASH);
  write("fish", FISH);
  for (const name of [".zshenv", ".zprofile"]) write(join("zsh", name), zshFile(name));
  write(join("zsh", ".zshrc"), zshFile(".zshrc", ZSH));
  return folder;
}

/** How a shell is started with marks, as a login shell; undefined: it is none that can. `folder`: as `writeShellMarks` told. */
export function startWithMarks(command: string, folder: string, env: Readonly<Record<string, string | undefined>>): ShellStart | undefined {
  switch (basename(command)) {
    case "bash":
      return { args: ["--rcfile", join(folder, "bash"), "-i"], env: { FAIRLEAD_LOGIN: "1" } };
    case "zsh": {
      const own: Record<string, string> = env.ZDOTDIR === undefined ? {} : { FAIRLEAD_ZDOTDIR: env.ZDOTDIR };
      return { args: ["-l", "-i"], env: { ...own, ZDOTDIR: join(folder, "zsh"), FAIRLEAD_MARKS: join(folder, "zsh") } };
    }
    case "fish":
      return { args: ["-l", "-i", "-C", `source '${join(folder, "fish").replaceAll("'", "\\'")}'`], env: {} };
    default:
      return undefined;
  }
}
