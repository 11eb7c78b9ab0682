import { toBuffer } from 'qrcode';

/** A QR code of a text, as PNG. */
export default function draw(text: string): Promise<Uint8Array> {
  return toBuffer(text);
}
