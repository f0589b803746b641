import { crc32 } from "./crc32.js";
import { byId, pageProtocol } from "./page.js";
import { canStream, upload } from "./upload.js";

const MIB = 1024 * 1024;

/** Sends what the visitor chooses to /crc32 and /ECHO. */
export function setUpUploads() {
  byId("upload-support").textContent = support();
  byId("crc-source").addEventListener("change", ({ target }) => {
    byId("crc-file-row").hidden = target.value !== "file";
  });
  onSubmit("crc", sendForChecksum);
  onSubmit("echo", sendForEcho);
}

function support() {
  if (canStream()) {
    return "This browser sends a body as it is made, over HTTP/2: the bars " +
      "below show what has left the page.";
  }
  return pageProtocol() === "h2"
    ? "This browser sends a body only as a whole, so the bars below cannot " +
      "tell how far it is."
    : "Without HTTP/2 a browser sends a body only as a whole, so the bars " +
      "below cannot tell how far it is.";
}

function onSubmit(name, send) {
  const form = byId(name);
  const button = form.querySelector("button");
  const status = byId(`${name}-status`);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    byId(`${name}-answer`).textContent = "";
    status.textContent = "Sending";
    try {
      status.textContent = await send();
    } catch (error) {
      byId(`${name}-progress`).value = 0;
      status.textContent = `It failed: ${error.message}`;
    }
    button.disabled = false;
  });
}

async function sendForChecksum() {
  const blob = chosenBlob();
  let crc = 0;
  const { text, ms } = await upload("/crc32", blob, {
    progress: byId("crc-progress"),
    onChunk: (chunk) => crc = crc32(chunk, crc),
  });
  byId("crc-answer").textContent = text;
  const expected = `bytes=${blob.size}, CRC32=${
    crc.toString(16).padStart(8, "0")
  }`;
  if (text !== expected) return `This page has ${expected}`;
  const speed = (blob.size / MIB / (ms / 1000)).toFixed(0);
  const pace = blob.size < MIB ? "" : `, ${speed} MiB/s`;
  return `The same as computed here, in ${seconds(ms)}${pace}`;
}

function chosenBlob() {
  const { value } = byId("crc-source");
  if (value !== "file") return randomBlob(Number(value) * MIB);
  const [file] = byId("crc-file").files;
  if (!file) throw new Error("no file is chosen");
  return file;
}

function randomBlob(size) {
  // The most that getRandomValues gives at once.
  const part = 64 * 1024;
  const parts = [];
  for (let at = 0; at < size; at += part) {
    parts.push(crypto.getRandomValues(new Uint8Array(part)));
  }
  return new Blob(parts);
}

async function sendForEcho() {
  const sent = byId("echo-text").value;
  const { text, ms } = await upload("/ECHO", new Blob([sent]), {
    progress: byId("echo-progress"),
  });
  byId("echo-answer").textContent = text;
  const isRight = text ===
    sent.replace(/[a-z]/g, (letter) => letter.toUpperCase());
  return isRight ? `Back after ${seconds(ms)}` : "That is not what was sent";
}

function seconds(ms) {
  return `${(ms / 1000).toFixed(2)} s`;
}
