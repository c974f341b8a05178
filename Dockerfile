# One image for every service; the command says which: dist/<app>.js. It has no embedded Postgres.
# The same sources make the same layers with `buildah build --timestamp 0`, or with SOURCE_DATE_EPOCH and rewrite-timestamp of BuildKit.
FROM node:24.21.0-bookworm-slim AS build
WORKDIR /plexus
COPY . .
# `npm ci` refuses a lock without the optional packages of other platforms.
RUN npm install --no-save --no-audit --no-fund && npx tsc -b && npm run bundle && node scripts/image/stage-image.ts /staged

FROM node:24.21.0-bookworm-slim
ENV NODE_ENV=production
WORKDIR /plexus
COPY --from=build /staged ./
# The user node, by number: Kubernetes has to see that it is not root.
USER 1000:1000
ENTRYPOINT ["node", "--min-semi-space-size=8", "--max-semi-space-size=64", "--initial-old-space-size=160"]
CMD ["dist/plexus.js", "--help"]
