# syntax=docker/dockerfile:1
FROM node:22-bookworm-slim AS build
WORKDIR /src
COPY . .
RUN npm ci --ignore-scripts && npm run build
# What the server needs at run time, and nothing else: `npm ci --omit=dev` would bring what the examples need as well.
RUN mkdir /app && npm ls --all --omit=dev --workspace watchword --parseable | sed -n 's#^/src/##p' | xargs cp -r --parents -t /app

FROM node:22-bookworm-slim
ENV NODE_ENV=production WATCHWORD_HOST=0.0.0.0
WORKDIR /app
COPY --from=build /app .
COPY --from=build /src/packages/server/package.json packages/server/package.json
COPY --from=build /src/packages/server/bin packages/server/bin
COPY --from=build /src/packages/server/dist packages/server/dist
USER node
EXPOSE 8787
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8787/ready').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--max-semi-space-size=2", "--v8-pool-size=2", "packages/server/bin/watchword.js", "start"]
