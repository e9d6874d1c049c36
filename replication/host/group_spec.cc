#include "replication/host/group_spec.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/coding.h"
#include "replication/host/graveyard.h"

namespace warren::replication {
namespace {

constexpr uint8_t kStateVersion = 1;
constexpr uint8_t kVersion = 2;
constexpr size_t kVotersMax = 64;

absl::Status Damaged(std::string_view what) {
  return absl::DataLossError(absl::StrCat("group: ", absl::string_view(what.data(), what.size())));
}

bool IsKnown(uint8_t kind) {
  return kind == static_cast<uint8_t>(GroupKind::kQueue) ||
         kind == static_cast<uint8_t>(GroupKind::kCatalog);
}

bool IsDurability(uint8_t durability) {
  return durability <= static_cast<uint8_t>(Durability::kInMemory);
}

}  // namespace

const char* Name(Durability durability) {
  return durability == Durability::kInMemory ? "in memory" : "on disk";
}

absl::Status Validate(const GroupSpec& spec) {
  if (spec.group.IsNone() || spec.group == kNodeGroup) {
    return absl::InvalidArgumentError(
        absl::StrCat("group ", spec.group.value(), ": no group can have this number"));
  }
  if (spec.durability == Durability::kInMemory && spec.voters.size() != 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("group ", spec.group.value(),
                     ": a group in memory has exactly one member, not ", spec.voters.size()));
  }
  return absl::OkStatus();
}

base::Bytes SealState(GroupKind kind, std::string_view state) {
  base::BytesBuilder sealed(2 + state.size());
  base::PutFixed8(&sealed, kStateVersion);
  base::PutFixed8(&sealed, static_cast<uint8_t>(kind));
  sealed.Append(state);
  return sealed.Freeze();
}

absl::StatusOr<KindAndState> OpenState(const base::Bytes& state) {
  base::Reader reader(state.view());
  const auto version = reader.Fixed8();
  const auto kind = reader.Fixed8();
  if (!reader.ok()) return Damaged("a snapshot's state does not say what it is of");
  if (*version != kStateVersion || !IsKnown(*kind)) {
    return absl::UnimplementedError(absl::StrCat("group: version ", int{*version}, " or kind ",
                                                 int{*kind},
                                                 " of a snapshot's state is not known"));
  }
  return KindAndState{.kind = static_cast<GroupKind>(*kind), .state = reader.rest()};
}

raft::Recovered FirstOf(const GroupSpec& spec, Incarnation incarnation) {
  const raft::EntryHead first = {.id = {.index = raft::Index(1), .term = raft::Term(1)},
                                 .time = {}};
  auto snapshot = std::make_shared<raft::Snapshot>();
  snapshot->last = first;
  snapshot->membership.voters = spec.voters;
  snapshot->terms = raft::TermRuns(first.id);
  snapshot->state = SealState(spec.kind, spec.state);
  raft::Recovered recovered;
  recovered.hard_state = {
      .term = first.id.term, .vote = {}, .commit = first.id.index, .amnesiac = false};
  recovered.base = first;
  recovered.membership = snapshot->membership;
  recovered.applied = first.id.index;
  recovered.snapshot = std::move(snapshot);
  recovered.incarnation = incarnation;
  return recovered;
}

base::BytesChain EncodeGroupSpec(const GroupSpec& spec) {
  std::string out;
  base::PutFixed8(&out, kVersion);
  base::PutFixed8(&out, static_cast<uint8_t>(spec.kind));
  base::PutFixed8(&out, static_cast<uint8_t>(spec.durability));
  base::PutVarint64(&out, spec.group.value());
  base::PutVarint64(&out, spec.voters.size());
  for (const NodeId voter : spec.voters) base::PutFixed64(&out, voter.value());
  base::PutLengthPrefixed(&out, spec.state);
  return base::BytesChain(base::Bytes::Adopt(std::move(out)));
}

absl::StatusOr<GroupSpec> DecodeGroupSpec(const base::Bytes& bytes) {
  base::Reader reader(bytes.view());
  const auto version = reader.Fixed8();
  const auto kind = reader.Fixed8();
  const auto durability = reader.Fixed8();
  if (!reader.ok()) return Damaged("a specification is cut off");
  if (*version != kVersion || !IsKnown(*kind) || !IsDurability(*durability)) {
    return absl::UnimplementedError(absl::StrCat("group: version ", int{*version}, ", kind ",
                                                 int{*kind}, " or durability ", int{*durability},
                                                 " is not known"));
  }
  GroupSpec spec;
  spec.kind = static_cast<GroupKind>(*kind);
  spec.durability = static_cast<Durability>(*durability);
  spec.group = GroupId(reader.Varint64().value_or(0));
  const uint64_t voters = reader.Varint64().value_or(0);
  if (voters == 0 || voters > kVotersMax) {
    return Damaged(absl::StrCat(voters, " voters; 1 to ", kVotersMax, " make sense"));
  }
  for (uint64_t i = 0; i < voters; ++i) {
    const NodeId voter(reader.Fixed64().value_or(0));
    if (voter.IsNone() || !spec.voters.Insert(voter)) return Damaged("a voter is named badly");
  }
  spec.state = reader.LengthPrefixed().value_or("");
  if (!reader.AtEnd() || spec.group.IsNone()) {
    return Damaged("a specification is cut off, names no group, or is followed by other bytes");
  }
  return spec;
}

}  // namespace warren::replication
