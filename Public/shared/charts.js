// @ts-check
// Bar charts.
import { drawing } from "./dom.js";

/** @typedef {{ name: string, value: number, label: string }} Bar `label` is the tooltip. */

// A chart is drawn to the width of its place, so that its text keeps its size, and again when the width changes.
/** @type {WeakMap<Element, { bars: Bar[], describe: (value: number) => string }>} */
const charts = new WeakMap();
/** @type {ResizeObserver | undefined} */
let widths;

/**
 * Draws one bar for each value.
 * @param {HTMLElement} place
 * @param {Bar[]} bars
 * @param {(value: number) => string} describe Text of a value on the scale.
 */
export function barChart(place, bars, describe) {
  charts.set(place, { bars, describe });
  drawBars(place);
  widths ??= new ResizeObserver((entries) => {
    for (const { target } of entries) if (target.firstChild) drawBars(/** @type {HTMLElement} */ (target));
  });
  widths.observe(place);
}

/**
 * Returns the end of a scale for values up to `value`: a number that is easy to read, and so is its half.
 * @param {number} value
 */
export function scaleEnd(value) {
  if (!(value > 0)) return 0;
  const unit = 10 ** Math.floor(Math.log10(value));
  return unit * ([1, 2, 4, 6, 8, 10].find((digit) => digit * unit >= value * (1 - 1e-9)) ?? 10);
}

/**
 * Returns the distance between two named bars, in bars.
 * @param {number} bars
 * @param {number} width Pixels for all bars.
 */
export const nameDistance = (bars, width) => Math.ceil(bars / Math.max(2, Math.floor(width / 84)));

/** @param {HTMLElement} place */
function drawBars(place) {
  const chart = charts.get(place);
  if (!chart) return;
  const { bars, describe } = chart;
  const [width, height, top] = [Math.max(place.clientWidth, 240), 168, 8];
  const most = scaleEnd(Math.max(...bars.map((bar) => bar.value), 0));
  const names = [0, 0.5, 1].map((share) => (most > 0 || share === 0 ? describe(most * share) : ""));
  const left = 10 + 6.6 * Math.max(...names.map((name) => name.length));
  const step = (width - left) / bars.length;
  const parts = names.map((text, at) => {
    const y = height - (at / 2) * (height - top);
    const name = drawing("text", { x: left - 8, y: y + 4, "text-anchor": "end" }, text);
    return drawing("g", {}, drawing("line", { x1: left, x2: width, y1: y, y2: y }), name);
  });
  const distance = nameDistance(bars.length, width - left);
  for (const [at, bar] of bars.entries()) {
    const size = most > 0 ? (bar.value / most) * (height - top) : 0;
    const x = left + at * step;
    parts.push(drawing("g", {}, drawing("title", {}, bar.label),
      drawing("rect", { class: "room", x, y: 0, width: step, height }),
      drawing("rect", { class: "bar", x: x + step * 0.12, y: height - size, width: step * 0.76, height: size, rx: Math.min(2, step / 4) })));
    // The newest bar is named, and those at even distances before it.
    if ((bars.length - 1 - at) % distance === 0) {
      parts.push(drawing("text", { x: Math.min(x + step / 2, width - 24), y: height + 17, "text-anchor": "middle" }, bar.name));
    }
  }
  place.replaceChildren(drawing("svg", { viewBox: `0 0 ${width} ${height + 24}`, "aria-hidden": "true" }, ...parts));
}
