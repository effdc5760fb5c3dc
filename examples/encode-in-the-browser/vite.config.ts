// `npx vite examples/encode-in-the-browser` serves the page; `npx vite build examples/encode-in-the-browser` makes static files of it.

import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  // The model's files, as the worker has them: /nano-clip/onnx/vision_model.onnx and its like.
  publicDir: '../../gpu-worker/models',
  build: { outDir: '../../dist/encode-in-the-browser', emptyOutDir: true, target: 'es2023' },
  optimizeDeps: { exclude: ['onnxruntime-web'] },
});
