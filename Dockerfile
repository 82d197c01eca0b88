# The server with its model: docker build -t stance .   How to run it: docs/serve.md
FROM python:3.13-slim AS made
WORKDIR /source
RUN python -m venv /opt/stance
ENV PATH=/opt/stance/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
# torch first, in a layer of its own: it is most of the image, and changes least. The other index has builds of it
# without gigabytes of GPU libraries; pip takes these, for `2.x+cpu` is newer to it than `2.x`.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
COPY constraints.txt ./
RUN pip install --extra-index-url "$TORCH_INDEX" --constraint constraints.txt "$(grep '^torch==' constraints.txt)"
ARG EXTRAS=onnx,postgres
COPY pyproject.toml README.md LICENSE ./
COPY models/default models/default
COPY stance stance
RUN pip install --constraint constraints.txt ".[$EXTRAS]"

FROM python:3.13-slim
COPY --from=made /opt/stance /opt/stance
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /data stance && install -d -m 700 -o stance -g stance /data
ENV PATH=/opt/stance/bin:$PATH PYTHONUNBUFFERED=1 HF_HUB_OFFLINE=1
USER stance
WORKDIR /data
VOLUME /data
EXPOSE 8710
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8710/readyz', timeout=4)"]
ENTRYPOINT ["stance"]
# Asks for an API key, which `stance keys add /data/queue.db NAME` makes; whoever asks without one is refused.
CMD ["serve", "/data/queue.db", "--no-pages", "--host", "0.0.0.0", "--log-json"]
