/**
 * The settings file: `.env.example` with some variables set and all others left as comments, so that what can be
 * changed stands where it is changed. Pure.
 * @throws when the example does not name a variable: a fault of ours.
 */
export function renderEnv(example: string, values: Record<string, string>): string {
  return Object.entries(values).reduce((text, [name, value]) => {
    const line = new RegExp(`^# ${name}=.*$`, 'm');
    if (!line.test(text)) throw new Error(`.env.example does not name ${name}.`);
    return text.replace(line, () => `${name}=${quoted(value)}`);
  }, example);
}

/** As Node's own reader of such files wants it: `#` begins a comment unless it is quoted, and nothing is escaped. */
function quoted(value: string): string {
  if (/^[^\s#"'`\\]*$/.test(value)) return value;
  const quote = ["'", '"', '`'].find((each) => !value.includes(each)) ?? "'";
  return quote + value + quote;
}
