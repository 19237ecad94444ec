# syntax=docker/dockerfile:1
# `docker build .` from a clean clone. `make image` builds only the last stage, from the program already built.

FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
ARG COMMIT=
WORKDIR /source
COPY . .
RUN COMMIT="$COMMIT" scripts/container-build.sh

FROM scratch
# scripts/image.sh adds version and revision.
LABEL org.opencontainers.image.title="epollsrv" \
      org.opencontainers.image.description="A node of a distributed key-value store and file share" \
      org.opencontainers.image.licenses="MIT AND LGPL-2.1-or-later"
COPY --from=build /source/out/epollsrv /epollsrv
COPY --from=build /source/out/licenses /licenses
# An empty folder of the program's user and of group 0, which platforms that choose the user (OpenShift, docker run --user 12345:0) give
# to it: a volume that is mounted here gets its owner and mode (0770), and the program keeps its data in it.
COPY --from=build --chown=65532:0 /source/out/volume/ /
# No user database in the image: a number. Not 0.
USER 65532:65532
# Loopback is of no use in a container: all addresses. EPOLLSRV_CONTAINER makes the program ask for
# EPOLLSRV_PASSWORD, EPOLLSRV_PASSWORD_FILE or EPOLLSRV_OPEN=yes before it serves the whole network.
ENV EPOLLSRV_CONTAINER=yes EPOLLSRV_BIND=0.0.0.0,::
EXPOSE 6379
HEALTHCHECK --interval=10s --timeout=3s --start-period=2s --retries=3 CMD ["/epollsrv", "healthcheck"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["/epollsrv"]
