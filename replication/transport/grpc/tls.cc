#include "replication/transport/grpc/tls.h"

#include <grpc/grpc_security_constants.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"

#include "base/status_macros.h"

namespace warren::replication {
namespace {

// Never says what is in the file: it may be a key.
absl::Status CheckPem(const std::string& path, const char* what) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(absl::StrCat("cannot read ", what, " ", path));
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (text.find("-----BEGIN ") == std::string::npos) {
    return absl::InvalidArgumentError(absl::StrCat(what, " ", path, " is not in PEM form"));
  }
  return absl::OkStatus();
}

void Configure(const std::shared_ptr<grpc::experimental::CertificateProviderInterface>& provider,
               grpc::experimental::TlsCredentialsOptions* options) {
  options->set_certificate_provider(provider);
  options->watch_root_certs();
  options->watch_identity_key_cert_pairs();
  // The chain is verified all the same; the name is our own matter.
  options->set_certificate_verifier(
      std::make_shared<grpc::experimental::NoOpCertificateVerifier>());
  options->set_check_call_host(false);
}

}  // namespace

PeerCredentials PlaintextCredentials() {
  return {grpc::InsecureChannelCredentials(), grpc::InsecureServerCredentials()};
}

absl::StatusOr<PeerCredentials> TlsCredentials(const TlsFiles& files) {
  WARREN_RETURN_IF_ERROR(CheckPem(files.certificate, "certificate"));
  WARREN_RETURN_IF_ERROR(CheckPem(files.private_key, "private key"));
  WARREN_RETURN_IF_ERROR(CheckPem(files.authorities, "authorities"));
  const auto seconds =
      static_cast<unsigned>(std::max(int64_t{1}, absl::ToInt64Seconds(files.reload_interval)));
  const auto provider = std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
      files.private_key, files.certificate, files.authorities, seconds);
  grpc::experimental::TlsChannelCredentialsOptions client;
  Configure(provider, &client);
  grpc::experimental::TlsServerCredentialsOptions server(provider);
  Configure(provider, &server);
  server.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  return PeerCredentials{grpc::experimental::TlsCredentials(client),
                         grpc::experimental::TlsServerCredentials(server)};
}

CertificateNames NamesInCertificate(const grpc::AuthContext& context) {
  std::vector<std::string> names;
  for (const char* property : {GRPC_X509_SAN_PROPERTY_NAME, GRPC_X509_CN_PROPERTY_NAME}) {
    for (const grpc::string_ref& name : context.FindPropertyValues(property)) {
      names.emplace_back(name.data(), name.size());
    }
    if (!names.empty()) break;
  }
  return names;
}

}  // namespace warren::replication
