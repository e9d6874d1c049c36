#include "chaos/processes/process_cluster.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"

#include "base/check.h"
#include "base/status_macros.h"

namespace warren::processes {
namespace {

constexpr absl::Duration kStartPatience = absl::Seconds(60);

absl::Status SystemError(std::string_view what) {
  return absl::InternalError(absl::StrCat(
      "processes: ", absl::string_view(what.data(), what.size()), ": ", std::strerror(errno)));
}

// Stands beside this program.
std::string Program() {
  std::error_code ignored;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", ignored);
  return self.parent_path() / "warren-test-node";
}

// In the child: becomes the program, or ends.
[[noreturn]] void Become(const std::vector<std::string>& arguments, int in, int out,
                         const std::string& log_file) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // No node outlives whoever started it.
  const int log = open(log_file.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0644);
  dup2(in, STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  if (log >= 0) dup2(log, STDERR_FILENO);
  std::vector<char*> pointers;
  pointers.reserve(arguments.size() + 1);
  for (const std::string& argument : arguments) {
    pointers.push_back(const_cast<char*>(argument.c_str()));
  }
  pointers.push_back(nullptr);
  execv(pointers[0], pointers.data());
  _exit(127);
}

}  // namespace

// ---- One process

absl::StatusOr<std::unique_ptr<NodeProcess>> NodeProcess::Start(uint64_t id,
                                                                const std::string& directory,
                                                                const std::string& listen,
                                                                const std::string& log_file) {
  signal(SIGPIPE, SIG_IGN);  // Writing to one that is gone is an error, not the end of us.
  int to[2];
  int from[2];
  if (pipe2(to, O_CLOEXEC) != 0) return SystemError("pipe");
  if (pipe2(from, O_CLOEXEC) != 0) return SystemError("pipe");
  const std::vector<std::string> arguments = {
      Program(), "--id", absl::StrCat(id), "--dir", directory, "--listen", listen};
  const pid_t pid = fork();
  if (pid < 0) return SystemError("fork");
  if (pid == 0) Become(arguments, to[0], from[1], log_file);
  close(to[0]);
  close(from[1]);
  std::unique_ptr<NodeProcess> process(new NodeProcess());
  process->pid_ = pid;
  process->to_ = to[1];
  process->from_ = from[0];
  WARREN_ASSIGN_OR_RETURN(const std::string ready, process->Receive(kStartPatience),
                          absl::StrCat("node ", id, " (its log is ", log_file, ")"));
  const std::vector<std::string> words = absl::StrSplit(ready, ' ');
  if (words.size() != 2 || words[0] != "ready") {
    return absl::InternalError(absl::StrCat("processes: node ", id, " says: ", ready));
  }
  process->address_ = words[1];
  return process;
}

NodeProcess::~NodeProcess() { Kill(); }

void NodeProcess::Kill() {
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  close(to_);
  close(from_);
  pid_ = -1;
}

void NodeProcess::Stop() { kill(pid_, SIGSTOP); }

void NodeProcess::Continue() { kill(pid_, SIGCONT); }

absl::Status NodeProcess::Send(std::string_view command) {
  std::string line(command);
  line += '\n';
  for (size_t sent = 0; sent < line.size();) {
    const ssize_t n = write(to_, line.data() + sent, line.size() - sent);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return absl::UnavailableError("processes: the node is gone");
    sent += static_cast<size_t>(n);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> NodeProcess::Receive(absl::Duration patience) {
  const absl::Time until = absl::Now() + patience;
  while (true) {
    const size_t end = buffer_.find('\n');
    if (end != std::string::npos) {
      std::string line = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      return line;
    }
    const absl::Duration left = until - absl::Now();
    if (left <= absl::ZeroDuration()) {
      return absl::DeadlineExceededError(
          absl::StrCat("processes: no answer within ", absl::FormatDuration(patience)));
    }
    pollfd waits = {.fd = from_, .events = POLLIN, .revents = 0};
    const int64_t milliseconds = std::min<int64_t>(absl::ToInt64Milliseconds(left) + 1, 1000);
    if (poll(&waits, 1, static_cast<int>(milliseconds)) <= 0) continue;
    char bytes[4096];
    const ssize_t n = read(from_, bytes, sizeof(bytes));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return absl::UnavailableError("processes: the node is gone");
    buffer_.append(bytes, static_cast<size_t>(n));
  }
}

absl::StatusOr<std::string> NodeProcess::Do(std::string_view command, absl::Duration patience) {
  WARREN_RETURN_IF_ERROR(Send(command));
  absl::StatusOr<std::string> answer = Receive(patience);
  if (!answer.ok() || answer->rfind("ok", 0) == 0) return answer;
  return absl::InternalError(absl::StrCat("processes: ", std::string(command), ": ", *answer));
}

std::map<std::string, double> Values(const std::string& answer) {
  std::map<std::string, double> values;
  std::istringstream in(answer);
  std::string name;
  in >> name;
  for (double value = 0; in >> name >> value;) values[name] = value;
  return values;
}

// ---- Several

absl::StatusOr<std::unique_ptr<ProcessCluster>> ProcessCluster::Start(std::string directory,
                                                                      uint64_t nodes) {
  std::unique_ptr<ProcessCluster> cluster(new ProcessCluster(std::move(directory), nodes));
  for (uint64_t node = 1; node <= nodes; ++node) {
    WARREN_RETURN_IF_ERROR(cluster->StartOne(node));
  }
  for (uint64_t node = 1; node <= nodes; ++node) {
    WARREN_RETURN_IF_ERROR(cluster->TellPeers(node));
  }
  return cluster;
}

std::string ProcessCluster::FolderOf(uint64_t node) const {
  return absl::StrCat(directory_, "/node-", node);
}

std::string ProcessCluster::members() const {
  std::vector<uint64_t> ids;
  for (uint64_t node = 1; node <= nodes_.size(); ++node) ids.push_back(node);
  return absl::StrJoin(ids, ",");
}

absl::Status ProcessCluster::StartOne(uint64_t node) {
  WARREN_ASSIGN_OR_RETURN(nodes_[node - 1],
                          NodeProcess::Start(node, FolderOf(node), addresses_[node - 1],
                                             absl::StrCat(FolderOf(node), ".log")));
  addresses_[node - 1] = nodes_[node - 1]->address();
  return absl::OkStatus();
}

absl::Status ProcessCluster::TellPeers(uint64_t node) {
  std::string command = "peers";
  for (uint64_t peer = 1; peer <= nodes_.size(); ++peer) {
    absl::StrAppend(&command, " ", peer, "=", addresses_[peer - 1]);
  }
  return Do(node, command).status();
}

void ProcessCluster::Kill(uint64_t node) { nodes_[node - 1].reset(); }

absl::Status ProcessCluster::StartAgain(uint64_t node) {
  WARREN_CHECK(!IsUp(node));
  WARREN_RETURN_IF_ERROR(StartOne(node));
  return TellPeers(node);
}

void ProcessCluster::Wipe(uint64_t node) {
  WARREN_CHECK(!IsUp(node));
  std::filesystem::remove_all(FolderOf(node));
}

absl::StatusOr<std::string> ProcessCluster::Do(uint64_t node, std::string_view command,
                                               absl::Duration patience) {
  return nodes_[node - 1]->Do(command, patience);
}

absl::StatusOr<uint64_t> ProcessCluster::LeaderOf(uint64_t group) {
  for (int look = 0; look < 1200; ++look) {
    for (uint64_t node = 1; node <= nodes_.size(); ++node) {
      if (!IsUp(node)) continue;
      WARREN_ASSIGN_OR_RETURN(const std::string answer, Do(node, absl::StrCat("group ", group)));
      if (Values(answer)["leads"] == 1) return node;
    }
    absl::SleepFor(absl::Milliseconds(50));
  }
  return absl::NotFoundError(absl::StrCat("processes: nobody leads group ", group));
}

absl::Status ProcessCluster::AwaitWhole(uint64_t group) {
  for (int look = 0; look < 1200; ++look) {
    bool whole = true;
    for (uint64_t node = 1; node <= nodes_.size(); ++node) {
      if (!IsUp(node)) continue;
      WARREN_ASSIGN_OR_RETURN(const std::string answer, Do(node, absl::StrCat("group ", group)));
      std::map<std::string, double> values = Values(answer);
      whole = whole && values["whole"] == 1 && values["leader"] != 0;
    }
    if (whole) return absl::OkStatus();
    absl::SleepFor(absl::Milliseconds(50));
  }
  return absl::DeadlineExceededError(
      absl::StrCat("processes: group ", group, " is not whole on all nodes"));
}

absl::StatusOr<ProcessCluster::Usage> ProcessCluster::GetUsage() {
  Usage usage;
  for (uint64_t node = 1; node <= nodes_.size(); ++node) {
    if (!IsUp(node)) continue;
    WARREN_ASSIGN_OR_RETURN(const std::string answer, Do(node, "usage"));
    std::map<std::string, double> values = Values(answer);
    usage.cpu_seconds += values["cpu"];
    usage.mebibytes_max = std::max(usage.mebibytes_max, values["rss"]);
  }
  return usage;
}

}  // namespace warren::processes
