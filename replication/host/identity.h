// Who a node is, from one start to the next.
#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"

#include "replication/log/disk/file_system.h"
#include "replication/transport/hello.h"

namespace warren::replication {

// What a node is asked to be. What it was before counts, and must not contradict this.
struct WantedIdentity {
  std::string cluster;  // Not empty.
  std::string name;     // Not empty.
  NodeId node;          // 0: a random one, at the first start.
};

// Reads `directory`/identity, or makes it, and writes it down with the next incarnation, durably. A
// node that has lost the file is another node: it gets another id, and what the old one had
// acknowledged does not count as this one's.
//
// FAILED_PRECONDITION: the directory belongs to another cluster, or to a node of another name or
// id. DATA_LOSS: the file cannot be read. Format: docs/formats/identity.md.
absl::StatusOr<NodeIdentity> OpenIdentity(log::FileSystem* files, const std::string& directory,
                                          const WantedIdentity& wanted,
                                          const std::function<uint64_t()>& random);

}  // namespace warren::replication
