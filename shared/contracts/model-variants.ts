// Which of a repository's weights may be asked for; free of zod, for whoever only needs the words. The hub's names.

export const modelVariants = [
  'default',
  'fp16',
  'quantized',
  'int8',
  'uint8',
  'q4',
  'q4f16',
  'bnb4',
] as const;

/** `default` is float32: `vision_model.onnx`; the others are `vision_model_fp16.onnx` and so on. */
export type ModelVariant = (typeof modelVariants)[number];
