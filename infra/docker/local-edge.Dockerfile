# syntax=docker/dockerfile:1
# The edge under miniflare, for infra/compose.yaml: to try the system in containers. Production is `wrangler deploy`, no image.
#
# Everything is installed, development packages too: the console and the API reference are built from them.
ARG NODE_VERSION=24.21.0

FROM node:${NODE_VERSION}-bookworm-slim
ENV HOST=0.0.0.0 \
    PORT=8787 \
    DATA_DIR=/data
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY wrangler.toml ./
COPY client ./client
COPY shared ./shared
COPY edge ./edge
COPY console ./console
COPY infra ./infra
# The static files and the edge's bundle, so that starting builds nothing.
RUN node infra/prebuild.ts
RUN install -d -o 10001 -g 10001 /data
USER 10001:10001
VOLUME /data
EXPOSE 8787
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "infra/docker/healthcheck.ts"]
CMD ["node", "infra/docker/local-edge.ts"]
