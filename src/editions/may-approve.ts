import type { NewsletterSettings } from '../newsletters/settings.ts';

/**
 * Whether what this person changes needs nobody else's approval: the newsletter goes out by itself, or they are one of
 * its editors, named by their address or the part of it before the @.
 */
export function mayApprove(
  { approval, editors }: Pick<NewsletterSettings, 'approval' | 'editors'>,
  by: string,
): boolean {
  if (approval === 'automatic') return true;
  const name = by.trim().toLowerCase();
  return editors.some((address) => {
    const known = address.toLowerCase();
    return known === name || known.split('@')[0] === name;
  });
}
