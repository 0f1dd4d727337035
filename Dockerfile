# Build:  docker build --build-arg HINDCAST_COMMIT="$(git rev-parse --short HEAD)" -t hindcast .
# Run:    docs/deployment.md
# The tags are fixed to a release of Rust and of Debian. For a build that can be repeated to the byte, fix the digests too.
ARG RUST_IMAGE=rust:1.95-slim-trixie
ARG RUNTIME_IMAGE=debian:trixie-slim

FROM ${RUST_IMAGE} AS build
WORKDIR /src
# What the build needs, and nothing else: see .dockerignore.
COPY Cargo.toml Cargo.lock ./
COPY .cargo .cargo
COPY crates crates
COPY examples examples
# The commit that /metrics tells.
ARG HINDCAST_COMMIT=
ENV HINDCAST_COMMIT=${HINDCAST_COMMIT}
RUN cargo build --release --locked -p hindcast-cli \
    && strip --strip-debug -o /hindcast target/release/hindcast
# The folder has to exist in the image, with its owner: a new volume takes both from it.
RUN mkdir -m 0700 /data

FROM ${RUNTIME_IMAGE}
LABEL org.opencontainers.image.title="Hindcast" \
      org.opencontainers.image.description="Incident retros for LLM agents" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /hindcast /usr/local/bin/hindcast
COPY LICENSE THIRD_PARTY.md /usr/share/doc/hindcast/
# A user without a name, a home or a shell. Bind mounts must belong to it.
COPY --from=build --chown=10001:10001 /data /var/lib/hindcast-data
USER 10001:10001
# The default data directory, hindcast-data, is relative to this folder. Nothing else is written, except for temporary files.
WORKDIR /var/lib
VOLUME ["/var/lib/hindcast-data"]
EXPOSE 7878
STOPSIGNAL SIGTERM
# Ready means that the database answers and can be written. bash is there, curl is not.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/7878 && printf 'GET /health/ready HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 && read -r -t 4 _ status _ <&3 && [ \"$status\" = 200 ]"]
ENTRYPOINT ["hindcast"]
CMD ["serve", "--listen", "0.0.0.0:7878"]
