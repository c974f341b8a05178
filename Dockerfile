# One image for every service; the command says which: dist/<app>.js.
FROM node:24.21.0-bookworm-slim AS build
WORKDIR /plexus
COPY . .
# `npm ci` refuses a lock without the optional packages of other platforms.
RUN npm install --no-save --no-audit --no-fund && npx tsc -b && npm run bundle && npm prune --omit=dev --no-save --no-audit --no-fund \
  && find apps libs -path '*/node_modules' -prune -o -name '*.ts' ! -name '*.d.ts' -type f -print | xargs rm -f

FROM node:24.21.0-bookworm-slim
ENV NODE_ENV=production
WORKDIR /plexus
COPY --from=build --chown=root:root /plexus/package.json ./
COPY --from=build --chown=root:root /plexus/node_modules ./node_modules
COPY --from=build --chown=root:root /plexus/libs ./libs
COPY --from=build --chown=root:root /plexus/apps ./apps
COPY --from=build --chown=root:root /plexus/dist ./dist
USER node
ENTRYPOINT ["node", "--max-semi-space-size=64"]
CMD ["dist/plexus.js"]
