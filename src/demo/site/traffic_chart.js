const WIDTH = 1000;
const HEIGHT = 220;
const LEFT = 44;
const BOTTOM = 24;
/** A minute, at two counts a second. */
const POINTS = 121;
const SVG = "http://www.w3.org/2000/svg";

/** Draws the last minute of counts, on a scale of powers of ten. */
export class TrafficChart {
  #counts = [];
  #svg = make("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img" });
  #grid = make("g", {});
  #area = make("path", { class: "area" });
  #streams = make("path", { class: "streams" });
  #sessions = make("path", { class: "sessions" });
  #top = 0;

  constructor(parent) {
    this.#svg.append(this.#grid, this.#area, this.#streams, this.#sessions);
    parent.append(this.#svg);
  }

  add(count) {
    this.#counts.push(count);
    if (this.#counts.length > POINTS) this.#counts.shift();
    const most = Math.max(...this.#counts.map(({ peak }) => peak));
    const top = most <= 10 ? 10 : most <= 100 ? 100 : 1000;
    if (top !== this.#top) this.#drawGrid(top);
    this.#draw();
    this.#svg.setAttribute(
      "aria-label",
      `In the last minute: at most ${most} streams at once; now ` +
        `${count.streams} streams in ${count.sessions} sessions`,
    );
  }

  #draw() {
    const streams = this.#line(({ peak }) => peak);
    const start = this.#x(0);
    this.#streams.setAttribute("d", `M${streams}`);
    this.#sessions.setAttribute("d", `M${this.#line((one) => one.sessions)}`);
    this.#area.setAttribute(
      "d",
      `M${start},${this.#y(0)}L${streams}L${WIDTH},${this.#y(0)}Z`,
    );
  }

  #line(value) {
    return this.#counts.map((count, index) =>
      `${this.#x(index)},${this.#y(value(count)).toFixed(1)}`
    ).join("L");
  }

  #x(index) {
    const age = this.#counts.length - 1 - index;
    return WIDTH - age * (WIDTH - LEFT) / (POINTS - 1);
  }

  #y(value) {
    const share = Math.log10(1 + value) / Math.log10(1 + this.#top);
    return HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - 12);
  }

  #drawGrid(top) {
    this.#top = top;
    const parts = [];
    for (const value of [0, 1, 3, 10, 30, 100, 300, 1000]) {
      if (value > top) break;
      const y = this.#y(value);
      parts.push(
        make("line", { class: "grid", x1: LEFT, x2: WIDTH, y1: y, y2: y }),
        label(LEFT - 8, y + 4, "end", value),
      );
    }
    parts.push(
      label(LEFT, HEIGHT - 4, "start", "a minute ago"),
      label(WIDTH, HEIGHT - 4, "end", "now"),
    );
    this.#grid.replaceChildren(...parts);
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
