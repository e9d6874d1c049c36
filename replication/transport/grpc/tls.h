// Who nodes are to each other, proved by certificates.
#pragma once

#include <grpcpp/security/auth_context.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "replication/transport/grpc/options.h"
#include "replication/transport/hello.h"

namespace warren::replication {

// What streams are opened with, and let in with. Without files: plaintext.
struct PeerCredentials {
  std::shared_ptr<grpc::ChannelCredentials> client;
  std::shared_ptr<grpc::ServerCredentials> server;
};
PeerCredentials PlaintextCredentials();
// Mutual TLS: each side asks for the other's certificate. That it is for the right name is judged
// with the handshake (hello.h), so that both sides learn why they part. NOT_FOUND or
// INVALID_ARGUMENT if a file cannot be read or does not look like PEM.
absl::StatusOr<PeerCredentials> TlsCredentials(const TlsFiles& files);

// The alternative names of the peer's certificate; if there are none, its common name.
CertificateNames NamesInCertificate(const grpc::AuthContext& context);

}  // namespace warren::replication
