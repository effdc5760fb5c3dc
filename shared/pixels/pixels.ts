// What interventions work on.

/** 8-bit RGB, interleaved, rows from the top: `data` has width * height * 3 values. */
export type Pixels = { readonly width: number; readonly height: number; readonly data: Uint8Array };
