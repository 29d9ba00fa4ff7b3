# For those who have Docker: what tools/image.sh packs without it, on Ubuntu. From the top of the repository:
#   docker build -t lbspeaker:0.1.0 .
# The binary is linked with the C library of the first image and runs with that of the second: keep both of one release.
FROM mcr.microsoft.com/dotnet/sdk:10.0-noble AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN tools/build.sh

FROM ubuntu:24.04
RUN apt-get update && apt-get install -y --no-install-recommends libpcap0.8t64 libssl3t64 && rm -rf /var/lib/apt/lists/* \
 && groupadd --gid 65532 lbspeaker && useradd --uid 65532 --gid 65532 --no-create-home --home-dir / --shell /usr/sbin/nologin lbspeaker
COPY --from=build /src/out/lbspeaker /usr/bin/lbspeaker
COPY LICENSE /usr/share/doc/lbspeaker/LICENSE
USER 65532:65532
ENTRYPOINT ["/usr/bin/lbspeaker"]
