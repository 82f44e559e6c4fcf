/** ms between two looks at whether npm's shell still lives. */
const LOOK_EVERY = 500;

/**
 * Calls `gone` once when what started this process is there no more, however it went; does not keep the process alive.
 * Watched are those that stand between us and whoever stops us: bin/broadsheet.js under an older Node, by the channel
 * it holds, and npm, whose shell takes a SIGTERM for itself and leaves us running. Anything else may end before us.
 */
export function onParentGone({ npm_lifecycle_event: npm }: NodeJS.ProcessEnv, gone: () => void): void {
  if (process.connected) {
    process.once('disconnect', gone);
    process.channel?.unref();
  } else if (npm !== undefined) {
    const parent = process.ppid;
    const look = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(look);
      gone();
    }, LOOK_EVERY);
    look.unref();
  }
}
