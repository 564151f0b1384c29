FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /usher ./cmd/usher \
 && mkdir -p /data

# Static and without a shell; uid 65532 is nobody in particular. Time zones are in the binary.
FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /usher /usher
COPY --from=build --chown=65532:65532 /data /var/lib/usher
USER 65532:65532
VOLUME /var/lib/usher
# The file tells the health check, which knows the environment alone, where the gateway listens by whatever settings it was given.
ENV USHER_LISTEN__ADDRESS=0.0.0.0:8080 USHER_LISTEN__ANNOUNCE=/var/lib/usher/address
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=6s --start-period=10s CMD ["/usher", "doctor", "--ready", "--data", "/var/lib/usher"]
ENTRYPOINT ["/usher"]
CMD ["serve", "--data", "/var/lib/usher"]
