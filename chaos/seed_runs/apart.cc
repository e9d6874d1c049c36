#include "chaos/seed_runs/apart.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>

#include "base/check.h"

namespace warren::seed_runs {
namespace {

[[noreturn]] void RunAndExit(const ApartTask& task, uint64_t& step, int output) {
  dup2(output, STDERR_FILENO);  // Where a failed check speaks.
  signal(SIGABRT, SIG_DFL);
  const std::optional<std::string> fault = task(step);
  if (!fault.has_value()) _exit(0);
  std::fprintf(stderr, "%s", fault->c_str());
  _exit(1);
}

}  // namespace

Apart::Apart(const ApartTask& task) {
  void* const shared =
      mmap(nullptr, sizeof(uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  WARREN_CHECK(shared != MAP_FAILED);
  step_ = static_cast<uint64_t*>(shared);
  std::array<int, 2> ends{};
  WARREN_CHECK(pipe(ends.data()) == 0);
  pid_ = fork();
  WARREN_CHECK_MSG(pid_ >= 0, "fork");
  if (pid_ == 0) {
    close(ends[0]);
    RunAndExit(task, *step_, ends[1]);
  }
  close(ends[1]);
  output_ = ends[0];
}

Apart::~Apart() {
  if (output_ >= 0) Result();
  munmap(step_, sizeof(uint64_t));
}

std::optional<std::string> Apart::Result() {
  std::string text;
  std::array<char, 4096> buffer{};
  for (ssize_t n = 0; (n = read(output_, buffer.data(), buffer.size())) > 0;) {
    text.append(buffer.data(), static_cast<size_t>(n));
  }
  close(output_);
  output_ = -1;
  int status = 0;
  WARREN_CHECK(waitpid(pid_, &status, 0) == pid_);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return std::nullopt;
  return text.empty() ? "stopped without a word" : text;
}

}  // namespace warren::seed_runs
