const HEIGHT = 220;
const LEFT = 36;
const TOP = 10;
const BOTTOM = 24;
/** A minute, at two counts a second. */
const POINTS = 121;
/** What the scale ends with, and where it has lines. */
const SCALE = [1, 3, 10, 30, 100, 300, 1000, 3000];
const SVG = "http://www.w3.org/2000/svg";

/** Draws the last minute of counts, on a scale of powers of ten. */
export class TrafficChart {
  #counts = [];
  #svg = make("svg", { role: "img", height: HEIGHT });
  #grid = make("g", {});
  #area = make("path", { class: "area" });
  #streams = make("path", { class: "streams" });
  #sessions = make("path", { class: "sessions" });
  #width = 0;
  #top = 10;

  constructor(parent) {
    this.#svg.append(this.#grid, this.#area, this.#streams, this.#sessions);
    parent.append(this.#svg);
    new ResizeObserver(([{ contentRect }]) => {
      this.#width = contentRect.width;
      this.#drawGrid();
      this.#draw();
    }).observe(parent);
  }

  add(count) {
    this.#counts.push(count);
    if (this.#counts.length > POINTS) this.#counts.shift();
    const most = Math.max(...this.#counts.map(({ peak }) => peak));
    const top = SCALE.find((value) => value >= Math.max(10, most));
    if (top !== this.#top) {
      this.#top = top;
      this.#drawGrid();
    }
    this.#draw();
    this.#svg.setAttribute(
      "aria-label",
      `In the last minute: at most ${most} streams at once; now ` +
        `${count.streams} streams in ${count.sessions} sessions`,
    );
  }

  #draw() {
    if (this.#counts.length === 0) return;
    const streams = this.#line(({ peak }) => peak);
    const bottom = this.#y(0);
    this.#streams.setAttribute("d", `M${streams}`);
    this.#sessions.setAttribute("d", `M${this.#line((one) => one.sessions)}`);
    this.#area.setAttribute(
      "d",
      `M${this.#x(0)},${bottom}L${streams}L${this.#width},${bottom}Z`,
    );
  }

  #line(value) {
    return this.#counts.map((count, index) =>
      `${this.#x(index)},${this.#y(value(count))}`
    ).join("L");
  }

  #x(index) {
    const age = (this.#counts.length - 1 - index) / (POINTS - 1);
    return (this.#width - age * (this.#width - LEFT)).toFixed(1);
  }

  #y(value) {
    const share = Math.log10(1 + value) / Math.log10(1 + this.#top);
    return (HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP)).toFixed(1);
  }

  #drawGrid() {
    const right = this.#width;
    const lines = [0, ...SCALE].filter((value) => value <= this.#top);
    this.#grid.replaceChildren(
      ...lines.flatMap((value) => {
        const y = this.#y(value);
        return [
          make("line", { class: "grid", x1: LEFT, x2: right, y1: y, y2: y }),
          label(LEFT - 8, Number(y) + 4, "end", value),
        ];
      }),
      label(LEFT, HEIGHT - 4, "start", "a minute ago"),
      label(right, HEIGHT - 4, "end", "now"),
    );
  }
}

function label(x, y, anchor, text) {
  const element = make("text", { x, y, "text-anchor": anchor });
  element.textContent = text;
  return element;
}

function make(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) {
    element.setAttribute(key, value);
  }
  return element;
}
