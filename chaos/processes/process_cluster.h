// Nodes as processes of their own, on loopback, that can be killed, stopped and started again.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace warren::processes {

// A child that runs warren-test-node. Killed when this is destroyed. Threads: a plain value.
class NodeProcess {
 public:
  // `listen`: host:port, port 0 takes any.
  static absl::StatusOr<std::unique_ptr<NodeProcess>> Start(uint64_t id,
                                                            const std::string& directory,
                                                            const std::string& listen,
                                                            const std::string& log_file);
  ~NodeProcess();
  NodeProcess(const NodeProcess&) = delete;
  NodeProcess& operator=(const NodeProcess&) = delete;

  // One command, one answer. UNAVAILABLE if the process is gone, DEADLINE_EXCEEDED if it says
  // nothing for `patience`, INTERNAL with its text if it answers "error ...".
  absl::StatusOr<std::string> Do(std::string_view command, absl::Duration patience);
  absl::Status Send(std::string_view command);
  absl::StatusOr<std::string> Receive(absl::Duration patience);

  void Kill();      // kill -9, and waits for its end.
  void Stop();      // SIGSTOP: it does nothing any more, and does not know.
  void Continue();  // SIGCONT.

  const std::string& address() const { return address_; }

 private:
  NodeProcess() = default;

  pid_t pid_ = -1;
  int to_ = -1;
  int from_ = -1;
  std::string buffer_;
  std::string address_;
};

// What an answer says: "ok confirmed 10 seconds 0.5" gives {confirmed: 10, seconds: 0.5}.
std::map<std::string, double> Values(const std::string& answer);

// Nodes 1 to n that know each other. Each keeps its address and its folder when it starts again.
class ProcessCluster {
 public:
  // Works in `directory`, which must be there. All of them are up, or an error.
  static absl::StatusOr<std::unique_ptr<ProcessCluster>> Start(std::string directory,
                                                               uint64_t nodes);

  bool IsUp(uint64_t node) const { return nodes_[node - 1] != nullptr; }
  NodeProcess& operator[](uint64_t node) { return *nodes_[node - 1]; }
  uint64_t size() const { return nodes_.size(); }
  std::string members() const;  // "1,2,3"

  void Kill(uint64_t node);                // Requires: up.
  absl::Status StartAgain(uint64_t node);  // Requires: down.
  void Wipe(uint64_t node);                // Its folder. Requires: down.

  absl::StatusOr<std::string> Do(uint64_t node, std::string_view command,
                                 absl::Duration patience = absl::Minutes(2));
  // Who leads `group`, asked of all that are up until one says so. NOT_FOUND after a minute.
  absl::StatusOr<uint64_t> LeaderOf(uint64_t group);
  // Until every member that is up has nothing missing and follows a leader of `group`.
  absl::Status AwaitWhole(uint64_t group);

  // Of all that are up: CPU seconds together, and the memory of the largest.
  struct Usage {
    double cpu_seconds = 0;
    double mebibytes_max = 0;
  };
  absl::StatusOr<Usage> GetUsage();

 private:
  ProcessCluster(std::string directory, uint64_t nodes)
      : directory_(std::move(directory)), nodes_(nodes), addresses_(nodes, "127.0.0.1:0") {}
  absl::Status StartOne(uint64_t node);
  absl::Status TellPeers(uint64_t node);
  std::string FolderOf(uint64_t node) const;

  const std::string directory_;
  std::vector<std::unique_ptr<NodeProcess>> nodes_;
  std::vector<std::string> addresses_;
};

}  // namespace warren::processes
