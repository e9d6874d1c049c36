// The commands of an interaction that move things along: outputs, messages and storage.
#include <optional>
#include <string>

#include "base/status_macros.h"
#include "fmt/format.h"
#include "tests/scenario_runner/interaction.h"
#include "tests/scenario_runner/lines.h"

namespace warren::scenario_runner {
namespace {

// A group that is not at rest after so many rounds never will be.
constexpr int kRoundsMax = 1000;

struct Recipient {
  raft::NodeId node;
  bool drop = false;
};

struct Delivery {
  std::vector<Recipient> recipients;  // In the order of the arguments.
  std::optional<std::string> type;
};

absl::StatusOr<raft::NodeId> ParseNode(std::string_view number) {
  const std::optional<uint64_t> id = NumberIn(number);
  if (!id) return absl::InvalidArgumentError(fmt::format("not a node's number: '{}'", number));
  return raft::NodeId(*id);
}

absl::Status AddDropped(const std::vector<std::string>& values, Delivery& delivery) {
  for (const std::string& value : values) {
    WARREN_ASSIGN_OR_RETURN(const raft::NodeId node, ParseNode(value));
    for (const Recipient& recipient : delivery.recipients) {
      if (recipient.node != node) continue;
      return absl::InvalidArgumentError(
          fmt::format("can't both deliver and drop msgs to {}", node.value()));
    }
    delivery.recipients.push_back({.node = node, .drop = true});
  }
  return absl::OkStatus();
}

absl::Status SetType(const std::string& name, Delivery& delivery) {
  if (!IsWireName(name)) {
    return absl::InvalidArgumentError(fmt::format("unknown message type {}", name));
  }
  delivery.type = name;
  return absl::OkStatus();
}

absl::Status AddArgument(const Argument& argument, Delivery& delivery) {
  if (argument.key == "drop") return AddDropped(argument.values, delivery);
  if (argument.key == "type" && !argument.values.empty()) {
    return SetType(argument.values.front(), delivery);
  }
  if (!argument.values.empty()) {
    return absl::InvalidArgumentError(fmt::format("unknown argument '{}'", argument.key));
  }
  WARREN_ASSIGN_OR_RETURN(const raft::NodeId node, ParseNode(argument.key));
  delivery.recipients.push_back({.node = node, .drop = false});
  return absl::OkStatus();
}

}  // namespace

absl::Status Interaction::DeliverMessages(const Block& block) {
  Delivery delivery;
  for (const Argument& argument : block.arguments) {
    WARREN_RETURN_IF_ERROR(AddArgument(argument, delivery));
  }
  const Network::TypeFilter type = delivery.type;
  size_t handled = 0;
  for (const Recipient& recipient : delivery.recipients) {
    if (recipient.drop) {  // The recipient need not exist.
      handled += Drop(recipient.node, type);
      continue;
    }
    WARREN_ASSIGN_OR_RETURN(Member* const member,
                            MemberNamed(fmt::format("{}", recipient.node.value())));
    handled += Deliver(*member, type);
  }
  if (handled == 0) transcript_.WriteLine("no messages");
  return absl::OkStatus();
}

size_t Interaction::Deliver(Member& member, Network::TypeFilter type) {
  const std::vector<Parcel> parcels = network_.TakeFor(member.id(), type);
  for (const Parcel& parcel : parcels) {
    transcript_.WriteLine(Describe(ToWire(parcel)));
    const absl::Status status = member.Deliver(parcel);
    if (!status.ok()) transcript_.WriteLine(std::string(status.message()));
  }
  return parcels.size();
}

size_t Interaction::Drop(raft::NodeId to, Network::TypeFilter type) {
  const std::vector<Parcel> parcels = network_.LoseFor(to, type);
  for (const Parcel& parcel : parcels) {
    transcript_.WriteLine("dropped: " + Describe(ToWire(parcel)));
  }
  return parcels.size();
}

absl::Status Interaction::RunIndented(Member& member, Work work) {
  const Transcript::Indented indented(transcript_);
  return (member.*work)(network_);
}

absl::Status Interaction::ForEach(const Block& block, std::string_view heading, Work work) {
  WARREN_ASSIGN_OR_RETURN(const std::vector<Member*> members, MembersNamed(block));
  if (members.size() == 1) return (members.front()->*work)(network_);
  for (Member* const member : members) {
    transcript_.WriteLine(fmt::format("> {} {}", member->id().value(), heading));
    WARREN_RETURN_IF_ERROR(RunIndented(*member, work));
  }
  return absl::OkStatus();
}

absl::Status Interaction::ProcessReady(const Block& block) {
  return ForEach(block, "handling Ready", &Member::ProcessReady);
}

absl::Status Interaction::ProcessAppendThread(const Block& block) {
  return ForEach(block, "processing append thread", &Member::ProcessAppendThread);
}

absl::Status Interaction::ProcessApplyThread(const Block& block) {
  return ForEach(block, "processing apply thread", &Member::ProcessApplyThread);
}

absl::StatusOr<bool> Interaction::ProcessReadyOnce(const std::vector<Member*>& members) {
  bool any = false;
  for (Member* const member : members) {
    if (!member->HasReady()) continue;
    transcript_.WriteLine(fmt::format("> {} handling Ready", member->id().value()));
    WARREN_RETURN_IF_ERROR(RunIndented(*member, &Member::ProcessReady));
    any = true;
  }
  return any;
}

bool Interaction::DeliverOnce(const std::vector<Member*>& members) {
  bool any = false;
  for (Member* const member : members) {
    if (!network_.HasFor(member->id())) continue;
    transcript_.WriteLine(fmt::format("> {} receiving messages", member->id().value()));
    const Transcript::Indented indented(transcript_);
    Deliver(*member, std::nullopt);
    any = true;
  }
  return any;
}

absl::Status Interaction::DrainAppendWork(Member& member) {
  transcript_.WriteLine(fmt::format("> {} processing append thread", member.id().value()));
  while (member.HasAppendWork()) {
    WARREN_RETURN_IF_ERROR(RunIndented(member, &Member::ProcessAppendThread));
  }
  return absl::OkStatus();
}

absl::Status Interaction::DrainApplyWork(Member& member) {
  transcript_.WriteLine(fmt::format("> {} processing apply thread", member.id().value()));
  while (member.HasApplyWork()) {
    WARREN_RETURN_IF_ERROR(RunIndented(member, &Member::ProcessApplyThread));
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> Interaction::AppendOnce(const std::vector<Member*>& members) {
  bool any = false;
  for (Member* const member : members) {
    if (!member->HasAppendWork()) continue;
    WARREN_RETURN_IF_ERROR(DrainAppendWork(*member));
    any = true;
  }
  return any;
}

absl::StatusOr<bool> Interaction::ApplyOnce(const std::vector<Member*>& members) {
  bool any = false;
  for (Member* const member : members) {
    if (!member->HasApplyWork()) continue;
    WARREN_RETURN_IF_ERROR(DrainApplyWork(*member));
    any = true;
  }
  return any;
}

absl::Status Interaction::StabilizeMembers(const std::vector<Member*>& members) {
  for (int round = 0; round < kRoundsMax; ++round) {
    WARREN_ASSIGN_OR_RETURN(const bool processed, ProcessReadyOnce(members));
    const bool delivered = DeliverOnce(members);
    WARREN_ASSIGN_OR_RETURN(const bool appended, AppendOnce(members));
    WARREN_ASSIGN_OR_RETURN(const bool applied, ApplyOnce(members));
    if (!processed && !delivered && !appended && !applied) return absl::OkStatus();
  }
  return absl::DeadlineExceededError(fmt::format("not at rest after {} rounds", kRoundsMax));
}

absl::Status Interaction::Stabilize(const Block& block) {
  WARREN_ASSIGN_OR_RETURN(std::vector<Member*> members, MembersNamed(block));
  if (members.empty()) {
    for (const std::unique_ptr<Member>& member : members_) members.push_back(member.get());
  }
  const LogLevel level = transcript_.level();
  if (const Argument* const other = block.Find("log-level"); other != nullptr) {
    WARREN_RETURN_IF_ERROR(SetLogLevel(other->values.empty() ? "" : other->values.front()));
  }
  const absl::Status status = StabilizeMembers(members);
  transcript_.set_level(level);
  return status;
}

}  // namespace warren::scenario_runner
