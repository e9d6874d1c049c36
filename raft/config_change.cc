#include "raft/config_change.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

#include "base/coding.h"

namespace warren::raft {
namespace {

constexpr uint8_t kVersion = 1;
// More than any group has, and few enough that hostile bytes cannot ask for much memory.
constexpr uint64_t kChangesMax = 1024;

absl::Status Damaged(const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat("raft config change: ", what));
}

}  // namespace

base::Bytes EncodeConfigChange(const ConfigChange& change) {
  if (change.AsksToLeaveJoint() && change.context.empty()) return base::Bytes();
  std::string bytes;
  base::PutFixed8(&bytes, kVersion);
  base::PutFixed8(&bytes, static_cast<uint8_t>(change.transition));
  base::PutVarint64(&bytes, change.changes.size());
  for (const MemberChange& step : change.changes) {
    base::PutFixed8(&bytes, static_cast<uint8_t>(step.type));
    base::PutVarint64(&bytes, step.node.value());
  }
  base::PutLengthPrefixed(&bytes, change.context.view());
  return base::Bytes::Adopt(std::move(bytes));
}

absl::StatusOr<ConfigChange> DecodeConfigChange(std::string_view bytes) {
  ConfigChange change;
  if (bytes.empty()) return change;
  base::Reader reader(bytes);
  const uint8_t version = reader.Fixed8().value_or(0);
  if (version > kVersion) {
    return absl::UnimplementedError(
        absl::StrCat("raft config change: version ", version, "; this program reads ", kVersion));
  }
  if (version != kVersion) {
    return Damaged(absl::StrCat("version ", version, ", expected ", kVersion));
  }
  const uint8_t transition = reader.Fixed8().value_or(UINT8_MAX);
  if (transition > static_cast<uint8_t>(Transition::kJointExplicit)) {
    return Damaged(absl::StrCat("unknown transition ", transition));
  }
  change.transition = static_cast<Transition>(transition);
  const uint64_t count = reader.Varint64().value_or(0);
  if (count > kChangesMax) {
    return Damaged(absl::StrCat(count, " changes, at most ", kChangesMax, " are allowed"));
  }
  for (uint64_t i = 0; i < count; ++i) {
    const uint8_t type = reader.Fixed8().value_or(UINT8_MAX);
    const NodeId node(reader.Varint64().value_or(0));
    if (type > static_cast<uint8_t>(MemberChangeType::kAddLearner)) {
      return Damaged(absl::StrCat("unknown change type ", type));
    }
    change.changes.push_back({.type = static_cast<MemberChangeType>(type), .node = node});
  }
  change.context = base::Bytes::Copy(reader.LengthPrefixed().value_or(""));
  if (!reader.AtEnd()) return Damaged("truncated, or followed by other bytes");
  if (change == ConfigChange()) return Damaged("it says nothing, which no bytes at all would say");
  return change;
}

}  // namespace warren::raft
