/** The picture's size in pixels. */
export const PICTURE_WIDTH = 480;
/** The picture's size in pixels. */
export const PICTURE_HEIGHT = 384;

/** How many samples a pixel has, each way: they smooth the edges. */
const SAMPLES = 2;
/** Where the lake begins, from 0 at the top to 1 at the bottom. */
const SHORE = 0.66;
const SUN = { x: 0.68, y: 0.47, radius: 0.052 };

const SKYLINE_COLUMNS = PICTURE_WIDTH * SAMPLES;
/** Of each ridge; made once. */
let skylines: readonly Float64Array[] | undefined;

/** Red, green and blue, each from 0 to 255. */
type Color = readonly [red: number, green: number, blue: number];

const SKY: readonly (readonly [at: number, color: Color])[] = [
  [0, [31, 45, 78]],
  [0.28, [66, 94, 130]],
  [0.5, [190, 164, 160]],
  [0.62, [247, 205, 160]],
  [0.7, [252, 222, 178]],
];

/** A chain of hills. */
interface Ridge {
  /** Where its middle is. */
  readonly base: number;
  readonly height: number;
  /** How many hills there are across the picture. */
  readonly hills: number;
  readonly seed: number;
  /** How high the trees on it are. */
  readonly trees: number;
  readonly color: Color;
}

/** From the nearest to the farthest. */
const RIDGES: readonly Ridge[] = [
  {
    base: 0.665,
    height: 0.07,
    hills: 6,
    seed: 47,
    trees: 0.026,
    color: [30, 51, 70],
  },
  {
    base: 0.63,
    height: 0.1,
    hills: 5,
    seed: 29,
    trees: 0.008,
    color: [62, 82, 108],
  },
  {
    base: 0.585,
    height: 0.13,
    hills: 4,
    seed: 17,
    trees: 0,
    color: [108, 116, 142],
  },
  {
    base: 0.53,
    height: 0.15,
    hills: 3,
    seed: 3,
    trees: 0,
    color: [164, 152, 164],
  },
];

/**
 * Draws a square part of the picture, as RGB bytes row by row: a lake at dusk.
 */
export function drawPart(
  left: number,
  top: number,
  size: number,
): Uint8Array<ArrayBuffer> {
  const pixels = new Uint8Array(size * size * 3);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      pixels.set(pixel(left + column, top + row), (row * size + column) * 3);
    }
  }
  return pixels;
}

function pixel(column: number, row: number): Color {
  const sum = [0, 0, 0];
  for (let sample = 0; sample < SAMPLES ** 2; sample++) {
    const x = column + (sample % SAMPLES + 0.5) / SAMPLES;
    const y = row + (Math.floor(sample / SAMPLES) + 0.5) / SAMPLES;
    const color = scene(x / PICTURE_WIDTH, y / PICTURE_HEIGHT);
    for (let part = 0; part < 3; part++) sum[part] += color[part];
  }
  const [red, green, blue] = sum.map((part) => part / SAMPLES ** 2);
  return [red, green, blue];
}

function scene(x: number, y: number): Color {
  return y < SHORE ? land(x, y) : lake(x, y);
}

function land(x: number, y: number): Color {
  const column = Math.floor(x * SKYLINE_COLUMNS);
  skylines ??= RIDGES.map(skyline);
  for (const [index, { color }] of RIDGES.entries()) {
    const top = skylines[index].at(column % SKYLINE_COLUMNS)!;
    if (y <= top) continue;
    // Mist lies in the valleys.
    return mix(color, sky(x, 0.64), 0.45 * smooth((y - top) / 0.12));
  }
  return sky(x, y);
}

function sky(x: number, y: number): Color {
  let color = gradient(y);
  const aspect = PICTURE_HEIGHT / PICTURE_WIDTH;
  const distance = Math.hypot(x - SUN.x, (y - SUN.y) * aspect);
  const glow = Math.exp(-distance * 7) * 0.75;
  color = mix(color, [255, 214, 150], glow);
  const clouds = noise(x * 2.2 + y * 1.5, 7 + y * 16) - 0.52;
  color = mix(
    color,
    [255, 226, 200],
    Math.max(0, clouds) * 0.9 * smooth(y / 0.4),
  );
  if (isStar(x, y)) color = mix(color, [255, 250, 235], 0.7 * (1 - y / 0.3));
  const edge = smooth((SUN.radius - distance) / 0.003 + 0.5);
  return mix(color, [255, 242, 214], edge);
}

/** The land upside down, in ripples that grow towards the viewer. */
function lake(x: number, y: number): Color {
  const depth = (y - SHORE) / (1 - SHORE);
  const wave = noise(x * 5, 40 / (0.12 + depth)) - 0.5;
  const swell = noise(x * 22, 130 / (0.2 + depth)) - 0.5;
  const mirrored = SHORE - (y - SHORE) * 1.35 +
    (wave * 0.05 + swell * 0.03) * (0.25 + depth);
  const shifted = x + swell * 0.03 * (0.2 + depth);
  const color = land(shifted, Math.min(mirrored, SHORE - 0.002));
  return mix(color, [24, 44, 66], 0.22 + 0.38 * depth);
}

function gradient(y: number): Color {
  let [last, color] = SKY[0];
  for (const [at, next] of SKY) {
    if (y < at) return mix(color, next, smooth((y - last) / (at - last)));
    [last, color] = [at, next];
  }
  return color;
}

/** How high a ridge is at each column of samples. */
function skyline(
  { base, height, hills, seed, trees }: Ridge,
): Float64Array {
  return Float64Array.from({ length: SKYLINE_COLUMNS }, (_, column) => {
    const x = column / SKYLINE_COLUMNS;
    let top = 0;
    for (let octave = 0; octave < 4; octave++) {
      const scale = 2 ** octave;
      top += (noise(x * hills * scale, seed + octave * 31) - 0.5) / scale;
    }
    return base - top * height - treeHeight(x, seed) * trees;
  });
}

/** Firs side by side, each as high as chance has it. */
function treeHeight(x: number, seed: number): number {
  const at = x * 90 + 2 * noise(x * 14, seed);
  const middle = Math.abs(at - Math.floor(at) - 0.5) * 2;
  const height = 0.25 + 0.75 * random(Math.floor(at), seed);
  return height * (1 - middle);
}

function isStar(x: number, y: number): boolean {
  const column = Math.floor(x * 240);
  const row = Math.floor(y * 192);
  return y < 0.3 && random(column, row + 1000) > 0.9965;
}

/** Value noise, from 0 to 1. */
function noise(x: number, y: number): number {
  const column = Math.floor(x);
  const row = Math.floor(y);
  const right = smooth(x - column);
  const down = smooth(y - row);
  const above = blend(random(column, row), random(column + 1, row), right);
  const below = blend(
    random(column, row + 1),
    random(column + 1, row + 1),
    right,
  );
  return blend(above, below, down);
}

/** The same number from 0 to 1 for the same place, every time. */
function random(x: number, y: number): number {
  let hash = Math.imul(x, 374_761_393) + Math.imul(y, 668_265_263);
  hash = Math.imul(hash ^ (hash >>> 13), 1_274_126_177);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

function smooth(at: number): number {
  const bounded = Math.min(1, Math.max(0, at));
  return bounded * bounded * (3 - 2 * bounded);
}

function blend(from: number, to: number, share: number): number {
  return from + (to - from) * share;
}

function mix(from: Color, to: Color, share: number): Color {
  return [
    blend(from[0], to[0], share),
    blend(from[1], to[1], share),
    blend(from[2], to[2], share),
  ];
}
