import type { Page } from 'playwright-core';

/** Answers for every picture host, so that test pages show pictures without a network. */
export async function servePictures(page: Page): Promise<void> {
  await page.route('https://img.example/**', (route) =>
    route.fulfill({ contentType: 'image/svg+xml', body: drawing(new URL(route.request().url()).pathname) }),
  );
}

/** A harbour, a train or a shed in flat colours, 16:9. The pages of tests may show SVG; mail may not. */
function drawing(path: string): string {
  const night = path.includes('train');
  const [sky, low, ground] = night ? ['#1F2742', '#3A4468', '#5C5560'] : ['#7FA3C4', '#F2B98B', '#1F6273'];
  const shapes = night
    ? '<circle cx="1240" cy="150" r="60" fill="#FFF1D0"/><rect x="60" y="420" width="1480" height="70" fill="#2B355A"/><g fill="#FFD98A"><rect x="120" y="440" width="120" height="28"/><rect x="320" y="440" width="120" height="28"/><rect x="520" y="440" width="120" height="28"/><rect x="720" y="440" width="120" height="28"/></g>'
    : '<circle cx="1080" cy="520" r="110" fill="#FFE7C2"/><g fill="#2C3E50"><rect x="150" y="360" width="60" height="240"/><rect x="450" y="360" width="60" height="240"/><rect x="750" y="360" width="60" height="240"/><rect x="1050" y="360" width="60" height="240"/><rect x="150" y="480" width="960" height="60"/></g>';
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1600 900" width="1600" height="900"><defs><linearGradient id="g" x2="0" y2="1"><stop stop-color="${sky}"/><stop offset=".65" stop-color="${low}"/></linearGradient></defs><rect width="1600" height="900" fill="url(#g)"/>${shapes}<rect y="600" width="1600" height="300" fill="${ground}"/></svg>`;
}
