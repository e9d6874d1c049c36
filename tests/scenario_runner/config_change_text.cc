#include "tests/scenario_runner/config_change_text.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/status_macros.h"
#include "fmt/format.h"
#include "tests/scenario_runner/describe.h"
#include "tests/scenario_runner/lines.h"

namespace warren::scenario_runner {
namespace {

struct ChangeWord {
  raft::MemberChangeType type;
  char letter;
  std::string_view name;
};
constexpr std::array<ChangeWord, 4> kChangeWords = {{
    {raft::MemberChangeType::kAddVoter, 'v', "ConfChangeAddNode"},
    {raft::MemberChangeType::kAddLearner, 'l', "ConfChangeAddLearnerNode"},
    {raft::MemberChangeType::kRemove, 'r', "ConfChangeRemoveNode"},
    {raft::MemberChangeType::kUpdate, 'u', "ConfChangeUpdateNode"},
}};

const ChangeWord& WordFor(raft::MemberChangeType type) {
  return *std::find_if(kChangeWords.begin(), kChangeWords.end(),
                       [&](const ChangeWord& word) { return word.type == type; });
}

std::string_view TransitionName(raft::Transition transition) {
  switch (transition) {
    case raft::Transition::kAuto:
      return "ConfChangeTransitionAuto";
    case raft::Transition::kJointImplicit:
      return "ConfChangeTransitionJointImplicit";
    case raft::Transition::kJointExplicit:
      return "ConfChangeTransitionJointExplicit";
  }
  return "unknown";
}

absl::StatusOr<raft::MemberChange> ParseMemberChange(std::string_view word) {
  if (word.size() < 2) return absl::InvalidArgumentError(fmt::format("unknown token {}", word));
  const auto known =
      std::find_if(kChangeWords.begin(), kChangeWords.end(),
                   [&](const ChangeWord& change) { return change.letter == word.front(); });
  if (known == kChangeWords.end()) {
    return absl::InvalidArgumentError(fmt::format("unknown input: {}", word));
  }
  const std::optional<uint64_t> node = NumberIn(word.substr(1));
  if (!node) return absl::InvalidArgumentError(fmt::format("not a member's number: {}", word));
  return raft::MemberChange{.type = known->type, .node = raft::NodeId(*node)};
}

}  // namespace

absl::StatusOr<std::vector<raft::MemberChange>> ParseMemberChanges(std::string_view text) {
  std::vector<raft::MemberChange> changes;
  for (const std::string_view word : Words(text)) {
    WARREN_ASSIGN_OR_RETURN(const raft::MemberChange change, ParseMemberChange(word));
    changes.push_back(change);
  }
  return changes;
}

std::string ToText(const std::vector<raft::MemberChange>& changes) {
  std::string text;
  for (const raft::MemberChange& change : changes) {
    if (!text.empty()) text += ' ';
    text += fmt::format("{}{}", WordFor(change.type).letter, change.node.value());
  }
  return text;
}

std::string DescribeInLog(const raft::ConfigChange& change) {
  std::string text = fmt::format("transition:{}", TransitionName(change.transition));
  for (const raft::MemberChange& step : change.changes) {
    text +=
        fmt::format(" changes:{{type:{} node_id:{}}}", WordFor(step.type).name, step.node.value());
  }
  if (!change.context.empty() && !(change.context == kFirstKindMark)) {
    text += fmt::format(" context:{}", Quoted(change.context.view()));
  }
  return text;
}

}  // namespace warren::scenario_runner
