# syntax=docker/dockerfile:1
# The worker on an NVIDIA GPU (linux/amd64, CUDA 12, cuDNN 9): the CPU image's files on CUDA's base, with the CUDA libraries of
# ONNX Runtime. From the repository's root, after worker.Dockerfile has been built as clip-icm-worker:cpu:
#
#   docker build -f infra/docker/worker-cuda.Dockerfile -t clip-icm-worker:cuda .
#   docker run --gpus all --env ICM_WORKER_SECRETS --publish 8080:8080 clip-icm-worker:cuda
#
# Models baked into the CPU image come along. docs/deploy.md says what of this has not been exercised yet.
ARG WORKER_IMAGE=clip-icm-worker:cpu
ARG CUDA_IMAGE=nvidia/cuda:12.9.1-cudnn-runtime-ubuntu24.04

FROM ${WORKER_IMAGE} AS worker
USER 0:0
# onnxruntime-node's own install script fetches libonnxruntime_providers_{cuda,shared,tensorrt}.so from a NuGet package.
# `true` means everything this platform has; the value `cuda12` that its comments name is read as "not given" in 1.30.0.
RUN ONNXRUNTIME_NODE_INSTALL=true node node_modules/onnxruntime-node/script/install.js \
 && cd node_modules/onnxruntime-node/bin/napi-v6/linux/x64 \
 && test -s libonnxruntime_providers_cuda.so -a -s libonnxruntime_providers_shared.so \
 && rm libonnxruntime_providers_tensorrt.so

FROM ${CUDA_IMAGE}
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=8080 \
    ICM_EXECUTION_PROVIDER=cuda \
    ICM_MODELS_DIR=/app/gpu-worker/models
WORKDIR /app
COPY --from=worker /usr/local/bin/node /usr/local/bin/node
COPY --from=worker /app ./
USER 10001:10001
EXPOSE 8080
STOPSIGNAL SIGTERM
# Loading the CUDA libraries and a model takes longer than on the CPU.
HEALTHCHECK --interval=10s --timeout=5s --start-period=120s --retries=3 \
  CMD ["node", "infra/docker/healthcheck.ts"]
CMD ["node", "gpu-worker/main.ts"]
