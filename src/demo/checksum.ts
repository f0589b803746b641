import { crc32 } from "./crc32.ts";
import { plainText } from "./plain_text.ts";
import { uploadChunks } from "./upload.ts";
import type { Visit } from "./visit.ts";

/** Tells the length and the CRC-32 of what is uploaded. */
export async function checksum({ request }: Visit): Promise<Response> {
  let bytes = 0;
  let crc = 0;
  for await (const chunk of uploadChunks(request)) {
    bytes += chunk.length;
    crc = crc32(chunk, crc);
  }
  const hex = crc.toString(16).padStart(8, "0");
  return plainText(`bytes=${bytes}, CRC32=${hex}`);
}
