#include "tests/scenario_runner/quorum_script.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "base/status_macros.h"
#include "fmt/format.h"
#include "raft/quorum.h"
#include "tests/scenario_runner/ack_picture.h"
#include "tests/scenario_runner/lines.h"

namespace warren::scenario_runner {
namespace {

constexpr std::string_view kUnheard = "_";

struct Question {
  raft::NodeSet voters;
  raft::NodeSet outgoing;
  bool joint = false;
  std::vector<raft::NodeId> named;  // All voters, in the order in which they were first named.
  std::vector<std::string> indexes;
  std::vector<std::string> votes;
};

absl::Status AddVoter(std::string_view value, raft::NodeSet& half, Question& question) {
  const std::optional<uint64_t> number = NumberIn(value);
  if (!number) return absl::InvalidArgumentError(fmt::format("not a voter: '{}'", value));
  const raft::NodeId voter(*number);
  const std::vector<raft::NodeId>& named = question.named;
  if (std::find(named.begin(), named.end(), voter) == named.end()) {
    question.named.push_back(voter);
  }
  half.Insert(voter);
  return absl::OkStatus();
}

absl::Status AddHalf(const Argument* argument, raft::NodeSet& half, Question& question) {
  if (argument == nullptr || argument->values == std::vector<std::string>{"zero"}) {
    return absl::OkStatus();
  }
  for (const std::string& value : argument->values) {
    WARREN_RETURN_IF_ERROR(AddVoter(value, half, question));
  }
  return absl::OkStatus();
}

absl::StatusOr<Question> ParseQuestion(const Block& block) {
  Question question;
  question.joint = block.Find("cfgj") != nullptr;
  WARREN_RETURN_IF_ERROR(AddHalf(block.Find("cfg"), question.voters, question));
  WARREN_RETURN_IF_ERROR(AddHalf(block.Find("cfgj"), question.outgoing, question));
  for (const Argument& argument : block.arguments) {
    if (argument.key == "idx") {
      question.indexes = argument.values;
    } else if (argument.key == "votes") {
      question.votes = argument.values;
    } else if (argument.key != "cfg" && argument.key != "cfgj") {
      return absl::InvalidArgumentError(fmt::format("unknown argument '{}'", argument.key));
    }
  }
  return question;
}

absl::Status CheckCount(const Question& question, const std::vector<std::string>& given) {
  if (question.named.size() == given.size()) return absl::OkStatus();
  std::string voters;
  for (const raft::NodeId voter : question.named) {
    voters += fmt::format("{}{}", voters.empty() ? "" : " ", voter.value());
  }
  return absl::InvalidArgumentError(
      fmt::format("error: mismatched input (explicit or _) for voters [{}]: [{}]", voters,
                  fmt::join(given, " ")));
}

absl::StatusOr<Acks> ParseAcks(const Question& question) {
  WARREN_RETURN_IF_ERROR(CheckCount(question, question.indexes));
  Acks acks;
  for (size_t i = 0; i < question.named.size(); ++i) {
    if (question.indexes[i] == kUnheard) continue;
    const std::optional<uint64_t> index = NumberIn(question.indexes[i]);
    if (!index || *index == 0) {
      return absl::InvalidArgumentError(
          fmt::format("not an index above 0, nor _: '{}'", question.indexes[i]));
    }
    acks[question.named[i]] = raft::Index(*index);
  }
  return acks;
}

using Votes = std::map<raft::NodeId, bool>;

absl::StatusOr<Votes> ParseVotes(const Question& question) {
  WARREN_RETURN_IF_ERROR(CheckCount(question, question.votes));
  Votes votes;
  for (size_t i = 0; i < question.named.size(); ++i) {
    const std::string& vote = question.votes[i];
    if (vote == kUnheard) continue;
    if (vote != "y" && vote != "n") {
      return absl::InvalidArgumentError(fmt::format("a vote is y, n or _, not '{}'", vote));
    }
    votes[question.named[i]] = vote == "y";
  }
  return votes;
}

std::string Shown(raft::Index index) {
  return index == raft::kNoLimit ? "∞" : fmt::format("{}", index.value());
}

std::string_view Shown(raft::VoteResult result) {
  switch (result) {
    case raft::VoteResult::kPending:
      return "VotePending";
    case raft::VoteResult::kLost:
      return "VoteLost";
    case raft::VoteResult::kWon:
      return "VoteWon";
  }
  return "unknown";
}

auto LookUp(const Acks& acks) {
  return [&acks](raft::NodeId node) -> std::optional<raft::Index> {
    const auto found = acks.find(node);
    if (found == acks.end()) return std::nullopt;
    return found->second;
  };
}

raft::Index Committed(const raft::NodeSet& voters, const Acks& acks) {
  return raft::CommittedIndex(voters, LookUp(acks));
}

// The definition taken literally: the largest acknowledged index that enough voters have reached.
raft::Index CommittedByDefinition(const raft::NodeSet& voters, const Acks& acks) {
  if (voters.empty()) return raft::kNoLimit;
  raft::Index largest;
  for (const auto& [candidate_voter, candidate] : acks) {
    if (!voters.Contains(candidate_voter)) continue;
    size_t reached = 0;
    for (const auto& [voter, index] : acks) {
      if (voters.Contains(voter) && index >= candidate) ++reached;
    }
    if (reached > voters.size() / 2) largest = std::max(largest, candidate);
  }
  return largest;
}

// A voter that is behind the committed index cannot have helped it there: putting it back further
// must change nothing.
std::string CheckVotersBehind(const raft::NodeSet& voters, const Acks& acks,
                              raft::Index committed) {
  std::string text;
  for (const auto& [voter, index] : acks) {
    if (committed <= index) continue;
    for (const raft::Index lower : {index - 1, raft::Index()}) {
      Acks changed = acks;
      changed[voter] = lower;
      const raft::Index other = Committed(voters, changed);
      if (other == committed) continue;
      text += fmt::format("{} <-- with voter {} put back to {}\n", Shown(other), voter.value(),
                          lower.value());
    }
  }
  return text;
}

std::string AnswerMajority(const raft::NodeSet& voters, const Acks& acks) {
  std::string text = DrawAcks(voters, acks);
  const raft::Index committed = Committed(voters, acks);
  const auto check = [&](raft::Index other, std::string_view how) {
    if (other != committed) text += fmt::format("{} <-- {}\n", Shown(other), how);
  };
  check(CommittedByDefinition(voters, acks), "via alternative computation");
  check(raft::JointCommittedIndex(voters, {}, LookUp(acks)), "via zero-joint quorum");
  check(raft::JointCommittedIndex(voters, voters, LookUp(acks)), "via self-joint quorum");
  text += CheckVotersBehind(voters, acks, committed);
  return text + Shown(committed) + "\n";
}

std::string AnswerJoint(const Question& question, const Acks& acks) {
  raft::NodeSet all = question.voters;
  all.InsertAll(question.outgoing);
  std::string text = DrawAcks(all, acks);
  const raft::Index committed =
      raft::JointCommittedIndex(question.voters, question.outgoing, LookUp(acks));
  const raft::Index exchanged =
      raft::JointCommittedIndex(question.outgoing, question.voters, LookUp(acks));
  if (exchanged != committed) text += Shown(exchanged) + " <-- via symmetry\n";
  return text + Shown(committed) + "\n";
}

std::string AnswerVote(const Question& question, const Votes& votes) {
  const auto vote_of = [&](raft::NodeId node) -> std::optional<bool> {
    const auto found = votes.find(node);
    if (found == votes.end()) return std::nullopt;
    return found->second;
  };
  if (!question.joint)
    return fmt::format("{}\n", Shown(raft::CountVotes(question.voters, vote_of)));
  const raft::VoteResult result =
      raft::JointCountVotes(question.voters, question.outgoing, vote_of);
  const raft::VoteResult exchanged =
      raft::JointCountVotes(question.outgoing, question.voters, vote_of);
  std::string text;
  if (exchanged != result) text += fmt::format("{} <-- via symmetry\n", Shown(exchanged));
  return text + fmt::format("{}\n", Shown(result));
}

absl::StatusOr<std::string> Answer(const Block& block) {
  WARREN_ASSIGN_OR_RETURN(const Question question, ParseQuestion(block));
  if (block.command == "committed") {
    WARREN_ASSIGN_OR_RETURN(const Acks acks, ParseAcks(question));
    return question.joint ? AnswerJoint(question, acks) : AnswerMajority(question.voters, acks);
  }
  if (block.command == "vote") {
    WARREN_ASSIGN_OR_RETURN(const Votes votes, ParseVotes(question));
    return AnswerVote(question, votes);
  }
  return absl::InvalidArgumentError(fmt::format("unknown command: {}", block.command));
}

}  // namespace

std::string RunQuorumCommand(const Block& block) {
  const absl::StatusOr<std::string> answer = Answer(block);
  return answer.ok() ? *answer : std::string(answer.status().message());
}

}  // namespace warren::scenario_runner
