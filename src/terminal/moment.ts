/** `Wed 25 Nov, 07:00 Europe/London`: a moment as the command line prints it; the year when it is another. */
export function formatMoment(at: Temporal.Instant, timeZone: string, now: Temporal.Instant): string {
  const local = at.toZonedDateTimeISO(timeZone);
  const sameYear = local.year === now.toZonedDateTimeISO(timeZone).year;
  const day = local.toPlainDate().toLocaleString('en-GB', {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    ...(sameYear ? {} : { year: 'numeric' }),
  });
  return `${day.replace(',', '')}, ${local.toPlainTime().toString({ smallestUnit: 'minute' })} ${timeZone}`;
}
