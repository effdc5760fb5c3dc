# syntax=docker/dockerfile:1
# The worker on the CPU. From the repository's root:
#
#   docker build -f infra/docker/worker.Dockerfile -t clip-icm-worker:cpu .
#
# To bake hub models in beside the embedded one (pods then start without a download):
#
#   docker build ... --build-arg MODELS="Xenova/clip-vit-base-patch16" [--secret id=hf_token,env=HF_TOKEN] .
#
# TypeScript runs by type stripping: there is no build step.
ARG NODE_VERSION=24.21.0

FROM node:${NODE_VERSION}-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts
# The edge's tools are no business of the worker; pruning keeps the lockfile's versions of all the rest.
RUN npm pkg delete dependencies.miniflare dependencies.wrangler \
 && npm prune --omit=dev --ignore-scripts --offline
# ONNX Runtime ships every platform in one package; 245 MB of it are for others.
RUN cd node_modules/onnxruntime-node/bin/napi-v6 \
 && rm -rf darwin win32 \
 && find linux -mindepth 1 -maxdepth 1 ! -name "$(node -p process.arch)" -exec rm -rf {} +

FROM packages AS models
ARG MODELS=""
COPY cli/models ./cli/models
COPY cli/terminal ./cli/terminal
COPY infra/models ./infra/models
COPY shared ./shared
COPY gpu-worker ./gpu-worker
RUN mkdir models
RUN --mount=type=secret,id=hf_token,env=HF_TOKEN \
    for name in $MODELS; do node cli/models/main.ts pull "$name" --dir models || exit 1; done \
 && node cli/models/main.ts list --dir models

FROM node:${NODE_VERSION}-bookworm-slim
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=8080 \
    ICM_EXECUTION_PROVIDER=cpu \
    ICM_MODELS_DIR=/app/gpu-worker/models
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY package.json ./
COPY cli/models ./cli/models
COPY cli/terminal ./cli/terminal
COPY infra/models ./infra/models
COPY infra/docker/healthcheck.ts ./infra/docker/
COPY shared ./shared
COPY gpu-worker ./gpu-worker
COPY --from=models /app/models ./gpu-worker/models
# By number, so that Kubernetes can tell it is not root. Nothing under /app is written at run time.
USER 10001:10001
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "infra/docker/healthcheck.ts"]
# Node as process 1: the worker handles SIGTERM itself and starts threads, not processes, so nothing needs reaping.
CMD ["node", "gpu-worker/main.ts"]
