/**
 * What a mail's HTML may do inside its frame: be laid out, show pictures, open links in a new window. `sandbox`
 * without allow-scripts and allow-same-origin gives it an origin of its own: no script runs, nothing of the page
 * around it can be read, even when the address of the frame is opened by itself.
 */
export function framePolicy(pictures: boolean): string {
  return [
    "default-src 'none'",
    `img-src ${pictures ? 'data: http: https:' : "'none'"}`,
    "style-src 'unsafe-inline'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'self'",
    'sandbox allow-popups allow-popups-to-escape-sandbox',
  ].join('; ');
}

/**
 * The mail as a reader with this scheme sees it. Its links open beside the inbox instead of inside the frame.
 * No browser lets a page choose the scheme of a frame with an origin of its own, so the mail's media queries are
 * answered here.
 */
export function frameDocument(html: string, scheme: 'light' | 'dark'): string {
  const answered = html.replace(
    /\(\s*prefers-color-scheme\s*:\s*(light|dark)\s*\)/gi,
    (_query, wanted: string) => (wanted.toLowerCase() === scheme ? '(min-width: 0px)' : '(max-width: 0px)'),
  );
  const added = `<base target="_blank"><style>:root { color-scheme: ${scheme} !important }</style>`;
  const head = /<head(\s[^>]*)?>/i.exec(answered);
  if (head === null) return `<!doctype html>${added}${answered}`;
  const end = head.index + head[0].length;
  return answered.slice(0, end) + added + answered.slice(end);
}
