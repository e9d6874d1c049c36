#include "chaos/crash/kill_loop.h"

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <random>
#include <vector>

#include "base/check.h"
#include "base/rng.h"
#include "chaos/crash/kill_writer.h"
#include "chaos/crash/read_check.h"
#include "fmt/format.h"
#include "replication/log/disk/posix_file_system.h"

namespace warren::crash {
namespace {

using Fault = std::optional<std::string>;

constexpr uint64_t kReportsMax = 3000;  // Of one process, before it is killed.

// A directory that is gone afterwards.
class Directory {
 public:
  Directory() {
    std::string pattern = std::filesystem::temp_directory_path() / "warren-kill-XXXXXX";
    WARREN_CHECK_MSG(mkdtemp(pattern.data()) != nullptr, "there is a directory to write to");
    path_ = pattern;
  }
  ~Directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// This program, writing to a log.
class Process {
 public:
  explicit Process(const std::string& directory) {
    std::array<int, 2> ends{};
    WARREN_CHECK_MSG(pipe(ends.data()) == 0, "a pipe can be made");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    posix_spawn_file_actions_addclose(&actions, ends[1]);
    std::string name = "warren-crash";
    std::string option = "--be-killed";
    std::string argument = directory;
    std::array<char*, 4> words = {name.data(), option.data(), argument.data(), nullptr};
    const int error =
        posix_spawn(&pid_, "/proc/self/exe", &actions, nullptr, words.data(), environ);
    WARREN_CHECK_MSG(error == 0, "a process can be started");
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    output_ = ends[0];
  }
  ~Process() {
    Kill();
    close(output_);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // nullopt: it is dead, and has said nothing more.
  std::optional<KillReport> Read() {
    KillReport report;
    size_t got = 0;
    auto* const bytes = reinterpret_cast<char*>(&report);
    while (got < sizeof(report)) {
      const ssize_t n = read(output_, bytes + got, sizeof(report) - got);
      if (n <= 0) return std::nullopt;
      got += static_cast<size_t>(n);
    }
    return report;
  }

  void Kill() {
    if (pid_ == 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

 private:
  pid_t pid_ = 0;
  int output_ = -1;
};

// What was reported of each group: the last entry, and the end of the last snapshot.
using Reported = std::map<uint64_t, KillReport>;

Fault JudgeGroup(log::LogEngine& engine, const log::RecoveredGroup& found,
                 const KillReport& reported) {
  const std::string where = fmt::format("group {}", found.group.value());
  if (found.last.index.value() < reported.last) {
    return fmt::format("{} ends at {}, though {} was acknowledged", where, found.last.index.value(),
                       reported.last);
  }
  if (found.hard_state.term.value() < reported.term) {
    return fmt::format("{} has term {}, though {} was acknowledged", where,
                       found.hard_state.term.value(), reported.term);
  }
  if (found.base.id.index.value() < reported.snapshot) {
    return fmt::format("{} begins after {}, though a snapshot up to {} was acknowledged", where,
                       found.base.id.index.value(), reported.snapshot);
  }
  if (!found.missing.empty()) return where + " misses entries";
  GroupModel model;
  model.life = 1;
  model.Adopt(found);
  base::Rng rng(reported.last);
  const EntryBook book = KillBook();
  return ReadCheck(engine, book, found.group, model, MayDecay::kNo).All(rng);
}

Fault Judge(const std::string& directory, const Reported& reported) {
  log::PosixFileSystem files;
  const base::SystemClock clock;
  SilentListener listener;
  log::Recovery recovery;
  const auto engine = log::LogEngine::Open(KillConfig(directory),
                                           KillPlatform(&files, &clock, &listener), &recovery);
  if (!engine.ok()) {
    return fmt::format("the log does not open: {}", engine.status().ToString());
  }
  if (!recovery.whole) return fmt::format("not whole: {}", recovery.why_not_whole);
  if (!recovery.damage.empty()) return fmt::format("damage: {}", recovery.damage.front().what);
  std::map<uint64_t, const log::RecoveredGroup*> groups;
  for (const log::RecoveredGroup& found : recovery.groups) groups[found.group.value()] = &found;
  for (const auto& [group, report] : reported) {
    if (!groups.contains(group)) return fmt::format("group {} is gone", group);
    if (Fault fault = JudgeGroup(**engine, *groups[group], report); fault.has_value()) {
      return fault;
    }
  }
  return std::nullopt;
}

}  // namespace

KillOutcome KillInLoop(uint64_t rounds) {
  const Directory directory;
  KillOutcome outcome;
  Reported reported;
  base::Rng rng(std::random_device{}());
  const auto take = [&](const KillReport& report) {
    KillReport& known = reported[report.group];
    outcome.acknowledged += report.last - std::min(report.last, known.last);
    known = report;
  };
  for (uint64_t round = 0; round < rounds && !outcome.fault.has_value(); ++round) {
    Process process(directory.path());
    // Sometimes it is killed while it still opens the log.
    const uint64_t enough = rng.OneIn(5) ? 0 : rng.Between(1, kReportsMax);
    for (uint64_t read = 0; read < enough; ++read) {
      const std::optional<KillReport> report = process.Read();
      if (!report.has_value()) {
        outcome.fault = "the process has ended by itself";
        return outcome;
      }
      take(*report);
    }
    process.Kill();
    while (const std::optional<KillReport> report = process.Read()) take(*report);
    ++outcome.kills;
    outcome.fault = Judge(directory.path(), reported);
  }
  return outcome;
}

}  // namespace warren::crash
