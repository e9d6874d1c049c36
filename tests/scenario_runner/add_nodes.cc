#include "tests/scenario_runner/add_nodes.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "base/status_macros.h"
#include "fmt/format.h"
#include "raft/codec.h"
#include "tests/scenario_runner/lines.h"

namespace warren::scenario_runner {
namespace {

// More than any script reaches, and far from where sums of limits would overflow.
constexpr size_t kUnlimited = size_t{1} << 48;
constexpr size_t kMessageUnlimited = size_t{1} << 30;  // The largest that a configuration takes.
constexpr raft::Term kStartTerm{1};

raft::Config DefaultConfig() {
  raft::Config config;
  config.liveness = raft::Liveness::kGroup;
  config.election_ticks = 3;
  config.heartbeat_ticks = 1;
  config.pre_vote = false;
  config.check_quorum = false;
  config.step_down_on_removal = false;
  config.entry_bytes_max = raft::kPayloadBytesMax;
  config.message_bytes_max = kMessageUnlimited;
  config.uncommitted_bytes_max = kUnlimited;
  config.apply_bytes_max = kUnlimited;
  config.inflight_messages_max = INT32_MAX;
  config.inflight_bytes_max = kUnlimited;
  config.notes = true;
  raft::Compatibility& compatibility = config.compatibility;
  compatibility.eager_commit_broadcast = true;
  compatibility.send_in_step = true;
  compatibility.separate_acks = true;
  compatibility.forward_proposals = true;
  compatibility.replace_refused_changes = true;
  compatibility.store_each_commit = true;
  compatibility.votes_without_commit = true;
  compatibility.lower_terms_unanswered = true;
  return config;
}

// What add-nodes sets up, as far as it is known while the arguments are read.
struct Draft {
  raft::Config config = DefaultConfig();
  Storage storage = Storage::kSynchronous;
  raft::Membership members;
  raft::Index index;
  std::string content;

  bool HasStart() const {
    return !(members == raft::Membership()) || index > raft::Index() || !content.empty();
  }
};

absl::Status NotUnderstood(const Argument& argument, std::string_view value) {
  return absl::InvalidArgumentError(fmt::format("{}: cannot be '{}'", argument.key, value));
}

absl::Status SetNumber(const Argument& argument, std::string_view value, uint64_t& number) {
  const std::optional<uint64_t> parsed = NumberIn(value);
  if (!parsed) return NotUnderstood(argument, value);
  number = *parsed;
  return absl::OkStatus();
}

absl::Status SetFlag(const Argument& argument, std::string_view value, bool& flag) {
  if (value != "true" && value != "false") return NotUnderstood(argument, value);
  flag = value == "true";
  return absl::OkStatus();
}

absl::Status AddMember(const Argument& argument, std::string_view value, raft::NodeSet& nodes) {
  uint64_t number = 0;
  WARREN_RETURN_IF_ERROR(SetNumber(argument, value, number));
  nodes.Insert(raft::NodeId(number));
  return absl::OkStatus();
}

using Setter = absl::Status (*)(const Argument&, std::string_view, Draft&);
struct Option {
  std::string_view key;
  Setter set;  // Called for each value.
};

constexpr std::array<Option, 12> kOptions = {{
    {"voters", [](const Argument& argument, std::string_view value,
                  Draft& draft) { return AddMember(argument, value, draft.members.voters); }},
    {"learners", [](const Argument& argument, std::string_view value,
                    Draft& draft) { return AddMember(argument, value, draft.members.learners); }},
    {"index",
     [](const Argument& argument, std::string_view value, Draft& draft) {
       uint64_t number = 0;
       absl::Status status = SetNumber(argument, value, number);
       draft.index = raft::Index(number);
       return status;
     }},
    {"content",
     [](const Argument&, std::string_view value, Draft& draft) {
       draft.content = value;
       return absl::OkStatus();
     }},
    {"inflight",
     [](const Argument& argument, std::string_view value, Draft& draft) {
       return SetNumber(argument, value, draft.config.inflight_messages_max);
     }},
    {"max-committed-size-per-ready",
     [](const Argument& argument, std::string_view value, Draft& draft) {
       return SetNumber(argument, value, draft.config.apply_bytes_max);
     }},
    {"async-storage-writes",
     [](const Argument& argument, std::string_view value, Draft& draft) {
       bool& stable = draft.config.compatibility.apply_only_stable;
       absl::Status status = SetFlag(argument, value, stable);
       draft.storage = stable ? Storage::kAsynchronous : Storage::kSynchronous;
       return status;
     }},
    {"prevote", [](const Argument& argument, std::string_view value,
                   Draft& draft) { return SetFlag(argument, value, draft.config.pre_vote); }},
    {"checkquorum",
     [](const Argument& argument, std::string_view value, Draft& draft) {
       return SetFlag(argument, value, draft.config.check_quorum);
     }},
    {"disable-conf-change-validation",
     [](const Argument& argument, std::string_view value, Draft& draft) {
       bool disabled = false;
       absl::Status status = SetFlag(argument, value, disabled);
       draft.config.validate_config_changes = !disabled;
       return status;
     }},
    {"read-only",
     [](const Argument& argument, std::string_view value, Draft& draft) {
       if (value != "safe" && value != "lease-based") return NotUnderstood(argument, value);
       draft.config.read_mode = value == "safe" ? raft::ReadMode::kQuorum : raft::ReadMode::kLease;
       return absl::OkStatus();
     }},
    {"step-down-on-removal",
     [](const Argument& argument, std::string_view value, Draft& draft) {
       return SetFlag(argument, value, draft.config.step_down_on_removal);
     }},
}};

absl::Status Apply(const Argument& argument, Draft& draft) {
  const auto option = std::find_if(kOptions.begin(), kOptions.end(),
                                   [&](const Option& known) { return known.key == argument.key; });
  if (option == kOptions.end()) {
    return absl::InvalidArgumentError(fmt::format("unknown argument '{}'", argument.key));
  }
  for (const std::string& value : argument.values) {
    WARREN_RETURN_IF_ERROR(option->set(argument, value, draft));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<NewMembers> ParseAddNodes(const Block& block) {
  const std::optional<uint64_t> count =
      block.arguments.empty() ? std::nullopt : NumberIn(block.arguments.front().key);
  if (!count) return absl::InvalidArgumentError("the first argument must be a number of nodes");
  Draft draft;
  for (size_t i = 1; i < block.arguments.size(); ++i) {
    WARREN_RETURN_IF_ERROR(Apply(block.arguments[i], draft));
  }
  NewMembers added{.count = *count,
                   .setup = {.config = draft.config, .storage = draft.storage, .start = nullptr}};
  if (!draft.HasStart()) return added;
  // Index 1 is taken by nobody, so that a member that starts with nothing needs a snapshot.
  if (draft.index <= raft::Index(1)) {
    return absl::InvalidArgumentError("index must be specified as > 1 due to bootstrap");
  }
  const raft::EntryHead last{.id = {.index = draft.index, .term = kStartTerm}, .time = {}};
  added.setup.start = MakeSnapshot(last, draft.members, draft.content);
  return added;
}

}  // namespace warren::scenario_runner
