#include "tests/scenario_runner/isolated.h"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "fmt/format.h"

namespace warren::scenario_runner {
namespace {

absl::Status SystemError(std::string_view what) {
  return absl::UnavailableError(fmt::format("{}: {}", what, std::strerror(errno)));
}

bool WriteAll(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(descriptor, text.data(), text.size());
    if (written < 0) return false;
    text.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

std::string ReadAll(int descriptor) {
  std::string text;
  std::array<char, 4096> buffer{};
  while (true) {
    const ssize_t count = read(descriptor, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return text;
    text.append(buffer.data(), static_cast<size_t>(count));
  }
}

absl::Status EndOf(pid_t child) {
  int status = 0;
  if (waitpid(child, &status, 0) < 0) return SystemError("waitpid");
  if (WIFSIGNALED(status)) {
    return absl::AbortedError(
        fmt::format("stopped by signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status))));
  }
  if (WEXITSTATUS(status) != EXIT_SUCCESS) {
    return absl::AbortedError(fmt::format("ended with exit code {}", WEXITSTATUS(status)));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> RunIsolated(const std::function<std::string()>& work) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) return SystemError("pipe");
  std::fflush(nullptr);  // Or the child would print it again.
  const pid_t child = fork();
  if (child < 0) return SystemError("fork");
  if (child == 0) {
    close(ends[0]);
    std::exit(WriteAll(ends[1], work()) ? EXIT_SUCCESS : EXIT_FAILURE);
  }
  close(ends[1]);
  std::string result = ReadAll(ends[0]);
  close(ends[0]);
  const absl::Status status = EndOf(child);
  if (!status.ok()) return status;
  return result;
}

}  // namespace warren::scenario_runner
