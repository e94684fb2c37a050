# syntax=docker/dockerfile:1
# With a digest: --build-arg NODE_IMAGE=node:20.20.2-bookworm-slim@sha256:… (docs/operations.md, "Where programs come from").
ARG NODE_IMAGE=node:20.20.2-bookworm-slim
FROM ${NODE_IMAGE} AS build
WORKDIR /opt/security/emergency
COPY package.json package-lock.json ./
# No install scripts: native parts come prebuilt, and `prepare` would want the sources.
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM ${NODE_IMAGE}
# openssh-client: ssh-keygen signs orders. ca-certificates: Temporal's native client needs the system's list even for plain connections.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates openssh-client \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --system --gid 904 security_admin \
 && useradd --system --uid 904 --gid 904 --no-create-home --shell /usr/sbin/nologin security_admin \
 && install -d -o security_admin -g security_admin -m 0750 /security/forensics /reports/security
WORKDIR /opt/security/emergency
COPY --from=build /opt/security/emergency/node_modules node_modules
COPY --from=build /opt/security/emergency/dist dist
COPY package.json ./
RUN ln -s /opt/security/emergency/dist/src/cli/main.js /usr/local/bin/firebreak && chmod 0755 dist/src/cli/main.js
# The worker registers under this build id, and set-up makes the same one current.
ARG FIREBREAK_BUILD_ID=local
ENV NODE_ENV=production FIREBREAK_BUILD_ID=${FIREBREAK_BUILD_ID}
USER security_admin
CMD ["node", "dist/src/worker/main.js", "--config", "/etc/security/emergency.conf"]
