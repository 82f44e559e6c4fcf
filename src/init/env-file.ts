/**
 * The settings file with some variables set and everything else as it is: `.env.example`, where what is not set is
 * commented, so that what can be changed stands where it is changed, or the file of an earlier time. Pure.
 */
export function renderEnv(before: string, values: Record<string, string>): string {
  return Object.entries(values).reduce((text, [name, value]) => {
    const set = `${name}=${quoted(value)}`;
    const line = [new RegExp(`^(?:export )?${name}\\s*=.*$`, 'm'), new RegExp(`^# ${name}=.*$`, 'm')].find(
      (each) => each.test(text),
    );
    if (line === undefined) return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${set}\n`;
    return text.replace(line, () => set);
  }, before);
}

/** The first `.env`, made of `.env.example`: all of it but the line that says to copy it. Pure. */
export function firstEnv(example: string): string {
  return example.replace(/^# Copy this file to \.env.*\n/m, '');
}

/** As Node's own reader of such files wants it: `#` begins a comment unless it is quoted, and nothing is escaped. */
function quoted(value: string): string {
  if (/^[^\s#"'`\\]*$/.test(value)) return value;
  const quote = ["'", '"', '`'].find((each) => !value.includes(each)) ?? "'";
  return quote + value + quote;
}
