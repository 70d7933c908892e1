# Studyhall in one container: docker build -t studyhall . && docker run -p 127.0.0.1:8000:8000 -v studyhall:/data studyhall

FROM rust:1.95-bookworm AS build
# Node is there for wasm-opt alone, which makes the client a sixth smaller.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends nodejs=18.* npm=9.* \
    && rm -rf /var/lib/apt/lists/* \
    && rustup target add wasm32-unknown-unknown
WORKDIR /src
COPY . .
# The caches stay with the builder; the binary is copied out of them.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo xtask dist && cp target/dist/studyhall /usr/local/bin/studyhall

FROM debian:12-slim
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /data --shell /usr/sbin/nologin studyhall \
    && install --directory --owner studyhall --group studyhall --mode 0700 /data
COPY --from=build /usr/local/bin/studyhall /usr/local/bin/studyhall
USER 10001:10001
ENV STUDYHALL_LISTEN=0.0.0.0:8000 STUDYHALL_DATA_DIR=/data
VOLUME /data
EXPOSE 8000
# The image has no HTTP client; bash opens the socket itself.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8000 && printf 'GET /healthz HTTP/1.0\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200 '"]
ENTRYPOINT ["studyhall"]
CMD ["serve"]
