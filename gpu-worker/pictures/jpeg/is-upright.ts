// Whether an Exif segment leaves a picture as it is. Sure of it only where the segment begins as cameras write it: a TIFF head with its
// first directory right behind, whole, with one orientation at most.

const headBytes = 6;
const firstDirectoryAt = 8;
const entryBytes = 12;
const orientationTag = 0x0112;
const shortType = 3;
const upright = 1;

/** `segment`: from `Exif` on. */
export function isUpright(segment: Uint8Array): boolean {
  const tiff = segment.subarray(headBytes);
  const order = String.fromCharCode(...tiff.subarray(0, 4));
  if (order !== 'II*\0' && order !== 'MM\0*') return false;
  const isLittle = order.startsWith('I');
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  if (tiff.length < firstDirectoryAt + 2 || view.getUint32(4, isLittle) !== firstDirectoryAt) return false;
  const end = firstDirectoryAt + 2 + entryBytes * view.getUint16(firstDirectoryAt, isLittle);
  if (end > tiff.length) return false;
  let orientations = 0;
  for (let at = firstDirectoryAt + 2; at < end; at += entryBytes) {
    if (view.getUint16(at, isLittle) !== orientationTag) continue;
    const isOne = view.getUint16(at + 2, isLittle) === shortType && view.getUint32(at + 4, isLittle) === 1;
    if (!isOne || view.getUint16(at + 8, isLittle) !== upright) return false;
    orientations++;
  }
  return orientations <= 1;
}
