# The gateway's image. The last stage holds velocity-server with the libraries it is linked to and nothing else: no shell, no
# package manager, no root.
#
#   docker build -t velocitycache .
#   docker build --target programs --output . .     # both programs, for Debian 12

FROM debian:bookworm AS build
WORKDIR /src
# What was compiled before is not compiled again: the folder is an argument so that a builder can mount its own there, and
# ccache tells compilations apart by the language of their messages.
ARG CCACHE_DIR=/root/.cache/ccache
ARG LANG=C.UTF-8
COPY scripts/setup scripts/
RUN scripts/setup --build && rm -rf /var/lib/apt/lists/* /var/cache/apt/*
COPY . .
RUN --mount=type=cache,target=/root/.cache/ccache \
    cmake --preset release -DVC_TESTS=OFF >/dev/null \
 && cmake --build --preset release --target velocity-server velocity-cli -- --quiet \
 && mkdir /programs \
 && for program in velocity-server velocity-cli; do strip -o /programs/$program build/release/$program; done \
 && rm -rf build \
 && scripts/image-root /image /programs/velocity-server

FROM scratch AS programs
COPY --from=build /programs/ /

FROM scratch
COPY --from=build /image/ /
LABEL org.opencontainers.image.title="velocity-server" \
      org.opencontainers.image.description="The gateway of VelocityCache, a self-hosted build cache" \
      org.opencontainers.image.licenses="MIT"
# Where keys and, without an object store, artifacts are kept.
ENV VC_LOCAL_ROOT=/var/lib/velocity/data
VOLUME /var/lib/velocity
WORKDIR /var/lib/velocity
USER 65532:65532
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["/usr/bin/velocity-server", "healthcheck"]
ENTRYPOINT ["/usr/bin/velocity-server"]
