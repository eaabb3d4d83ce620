# The command `aefusion` with videos, DICOM and NIfTI, from the wheel that is built here:
#   docker build -t aefusion .
#   docker run --rm --user "$(id -u):$(id -g)" -v "$PWD:/pictures" aefusion fuse a.jpg b.jpg -o fused.jpg

FROM python:3.13-slim AS build
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends g++ && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
# Without a compiler that works there would be a wheel without the kernel: that is an error here.
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheel . && ls /wheel/*-linux_*.whl

FROM python:3.13-slim
RUN --mount=type=bind,from=build,source=/wheel,target=/wheel \
    pip install --no-cache-dir "$(echo /wheel/*.whl)[video,medical]"
RUN useradd --uid 1000 --create-home aefusion
USER 1000
WORKDIR /pictures
ENTRYPOINT ["aefusion"]
CMD ["--help"]
