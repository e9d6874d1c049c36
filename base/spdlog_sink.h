#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

#include "base/logging.h"

namespace spdlog {
class logger;
}

namespace warren::base {

struct SpdlogConfig {
  // Where lines go; empty: the standard error stream.
  std::string file;
  // A file that would grow beyond this gets a number into its name, and the oldest is removed:
  // warren.log, warren.1.log, ... take up to file_bytes_max * files_max. Requires: both > 0.
  size_t file_bytes_max = 64 * 1024 * 1024;
  size_t files_max = 5;
};

// Writes lines through spdlog, each as "2024-05-01T12:00:00.000000Z info TEXT", time in UTC. The
// caller's thread writes; warnings and errors are flushed at once.
// Errors: Open() returns a Status. A line that cannot be written later (disk full) is lost and
// counted: a broker does not stop for its log.
// Threads: any.
class SpdlogSink final : public LogSink {
 public:
  static absl::StatusOr<std::unique_ptr<SpdlogSink>> Open(const SpdlogConfig& config);
  ~SpdlogSink() override;

  void Write(const LogRecord& record) override;
  void Flush();
  uint64_t FailedWrites() const { return failed_writes_.load(); }

 private:
  explicit SpdlogSink(std::unique_ptr<spdlog::logger> logger);

  std::unique_ptr<spdlog::logger> logger_;
  std::atomic<uint64_t> failed_writes_{0};
};

}  // namespace warren::base
