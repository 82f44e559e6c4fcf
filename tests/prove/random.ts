/** Numbers from 0 up to 1, the same ones for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    return mixed(state);
  };
}

/** A number from 0 up to 1 that belongs to `text`: the same decision for the same recipient, in whatever order. */
export function chanceOf(seed: number, text: string): number {
  // FNV-1a.
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0;
  return mixed(hash);
}

/** A whole number from `least` up to and including `most`. */
export function between(random: () => number, least: number, most: number): number {
  return least + Math.floor(random() * (most - least + 1));
}

/** The seed of one trial among those of a run. */
export function seedOf(seed: number, ...names: (string | number)[]): number {
  return Math.floor(chanceOf(seed, names.join(' ')) * 2 ** 31);
}

function mixed(state: number): number {
  let bits = Math.imul(state ^ (state >>> 15), state | 1);
  bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
  return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
}
