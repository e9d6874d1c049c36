// What may be chosen about the transport over gRPC. Names nothing of gRPC.
#pragma once

#include <optional>
#include <string>

#include "absl/time/time.h"

#include "base/clock.h"
#include "base/logging.h"
#include "replication/transport/config.h"
#include "replication/transport/hello.h"

namespace warren::replication {

// PEM files. They are read again when they change: to replace certificate and key, replace both at
// once, as by a symbolic link to their directory. Streams that are open stay.
struct TlsFiles {
  std::string certificate;  // The node's, which has its name among its subject's alternative names,
                            // and those between it and an authority.
  std::string private_key;
  std::string authorities;  // Whose certificates of others are believed.
  // How often the files are looked at: whole seconds, at least one.
  absl::Duration reload_interval = absl::Seconds(10);
};

struct GrpcTransportOptions {
  NodeIdentity self;
  std::string listen_address;  // host:port; port 0 takes a free one. Others may need another name.
  TransportConfig config;
  std::optional<TlsFiles> tls;  // nullopt: plaintext, and no proof of who is who.
  base::Logger log;
  const base::Clock* clock = nullptr;
};

}  // namespace warren::replication
