// The bytes of snapshots: a header, the description of the log below it, the host's state.
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "base/check.h"
#include "base/coding.h"
#include "base/crc32c.h"
#include "base/status_macros.h"
#include "raft/codec.h"
#include "raft/codec_header.h"

namespace warren::raft {

using codec_internal::CheckCrc;
using codec_internal::CheckHeader;
using codec_internal::Damaged;
using codec_internal::Expected;
using codec_internal::kSnapshotFormat;

namespace codec_internal {
namespace {

const char* FaultOf(const NodeSet& nodes) {
  if (nodes.size() > kMembersMax) return "there are too many members";
  if (!nodes.empty() && nodes.begin()->IsNone()) return "nobody is a member";
  return nullptr;
}

const char* FaultOf(const Membership& membership) {
  for (const NodeSet* nodes : {&membership.voters, &membership.outgoing, &membership.learners,
                               &membership.learners_next}) {
    if (const char* fault = FaultOf(*nodes)) return fault;
  }
  return membership.IsValid() ? nullptr : "the membership contradicts itself";
}

const char* FaultOfTerms(const Snapshot& snapshot) {
  const TermRuns& terms = snapshot.terms;
  const EntryId last = snapshot.last.id;
  if (!terms.empty() && (terms.last() != last.index || terms.TermAt(last.index) != last.term)) {
    return "the terms do not end with the last entry";
  }
  if (terms.runs().size() > kTermRunsMax) return "there are too many runs of terms";
  if (snapshot.live.empty()) return nullptr;
  if (terms.empty() || *snapshot.live.First() < terms.first().value()) {
    return "the terms do not reach down to the first live entry";
  }
  return nullptr;
}

}  // namespace

const char* FaultOf(const Snapshot& snapshot) {
  const EntryId last = snapshot.last.id;
  if (last.index.value() > kOrdinalMax) return "the last index is too large";
  if (last.term.value() > kOrdinalMax) return "the last term is too large";
  if (snapshot.last.time.value() > kOrdinalMax) return "the last time is too large";
  if ((last.index == Index()) != (last.term == Term())) {
    return "the last entry has an index and no term, or a term and no index";
  }
  if (snapshot.live.First().value_or(1) == 0) return "index 0 is live";
  if (snapshot.live.Last().value_or(0) > last.index.value()) {
    return "an entry above the last one is live";
  }
  if (snapshot.state.size() > kSnapshotStateBytesMax) return "the state is too large";
  if (const char* fault = FaultOf(snapshot.membership)) return fault;
  return FaultOfTerms(snapshot);
}

}  // namespace codec_internal

namespace {

constexpr uint8_t kAutoLeaveFlag = 1;
constexpr size_t kNodeBytes = 8;
constexpr size_t kRunBytes = 16;

// What the header says about the parts that follow it.
struct Parts {
  uint16_t voters = 0;
  uint16_t outgoing = 0;
  uint16_t learners = 0;
  uint16_t learners_next = 0;
  uint32_t runs = 0;
  uint32_t live_bytes = 0;
  uint32_t log_crc = 0;  // Of membership, runs and live set.
  uint64_t state_bytes = 0;
  uint32_t state_crc = 0;

  uint64_t LogBytes() const {
    const uint64_t members = uint64_t{voters} + outgoing + learners + learners_next;
    return members * kNodeBytes + uint64_t{runs} * kRunBytes + live_bytes;
  }
};

Parts PartsOf(const Snapshot& snapshot, std::string_view live) {
  const Membership& membership = snapshot.membership;
  return {.voters = static_cast<uint16_t>(membership.voters.size()),
          .outgoing = static_cast<uint16_t>(membership.outgoing.size()),
          .learners = static_cast<uint16_t>(membership.learners.size()),
          .learners_next = static_cast<uint16_t>(membership.learners_next.size()),
          .runs = static_cast<uint32_t>(snapshot.terms.runs().size()),
          .live_bytes = static_cast<uint32_t>(live.size()),
          .state_bytes = snapshot.state.size(),
          .state_crc = base::Crc32c(snapshot.state.view())};
}

void WriteHeader(GroupId group, const Snapshot& snapshot, const Parts& parts, char* const begin) {
  char* out = begin;
  out = base::EncodeFixed(out, kCodecVersion, 1);
  out = base::EncodeFixed(out, snapshot.membership.auto_leave ? kAutoLeaveFlag : 0, 1);
  out = base::EncodeFixed(out, 0, 2);
  out = base::EncodeFixed32(out, parts.runs);
  out = base::EncodeFixed64(out, group.value());
  out = base::EncodeFixed64(out, snapshot.last.id.index.value());
  out = base::EncodeFixed64(out, snapshot.last.id.term.value());
  out = base::EncodeFixed64(out, snapshot.last.time.value());
  out = base::EncodeFixed(out, parts.voters, 2);
  out = base::EncodeFixed(out, parts.outgoing, 2);
  out = base::EncodeFixed(out, parts.learners, 2);
  out = base::EncodeFixed(out, parts.learners_next, 2);
  out = base::EncodeFixed32(out, parts.live_bytes);
  out = base::EncodeFixed32(out, parts.log_crc);
  out = base::EncodeFixed64(out, parts.state_bytes);
  base::EncodeFixed32(out, parts.state_crc);
  codec_internal::SealHeader(kSnapshotFormat, begin);
}

char* WriteNodes(const NodeSet& nodes, char* out) {
  for (const NodeId node : nodes) out = base::EncodeFixed64(out, node.value());
  return out;
}

void WriteLog(const Snapshot& snapshot, std::string_view live, char* out) {
  const Membership& membership = snapshot.membership;
  out = WriteNodes(membership.voters, out);
  out = WriteNodes(membership.outgoing, out);
  out = WriteNodes(membership.learners, out);
  out = WriteNodes(membership.learners_next, out);
  for (const TermRuns::Run& run : snapshot.terms.runs()) {
    out = base::EncodeFixed64(out, run.first.value());
    out = base::EncodeFixed64(out, run.term.value());
  }
  live.copy(out, live.size());
}

absl::Status CheckParts(const Expected& expected, const Parts& parts, size_t bytes) {
  if (parts.runs > kTermRunsMax || parts.live_bytes > kLiveBytesMax ||
      parts.state_bytes > kSnapshotStateBytesMax) {
    return Damaged(expected, absl::StrCat("a part is too large: ", parts.runs, " runs of terms, ",
                                          parts.live_bytes, " bytes of live set, ",
                                          parts.state_bytes, " bytes of state"));
  }
  const uint64_t announced = kSnapshotFormat.header_bytes + parts.LogBytes() + parts.state_bytes;
  if (bytes == announced) return absl::OkStatus();
  return Damaged(expected, absl::StrCat(bytes, " bytes, the header announces ", announced));
}

// The parts, all of which are there; the rest of the header goes into `snapshot`.
absl::StatusOr<Parts> ReadHeader(const Expected& expected, std::string_view bytes,
                                 Snapshot& snapshot) {
  WARREN_RETURN_IF_ERROR(CheckHeader(expected, bytes));
  base::Reader reader(bytes.substr(1));
  const uint8_t flags = reader.Fixed8().value_or(0);
  const uint16_t reserved = reader.Fixed16().value_or(0);
  Parts parts;
  parts.runs = reader.Fixed32().value_or(0);
  reader.Fixed64();  // The group, which is the one expected.
  snapshot.last.id.index = Index(reader.Fixed64().value_or(0));
  snapshot.last.id.term = Term(reader.Fixed64().value_or(0));
  snapshot.last.time = LogTime(reader.Fixed64().value_or(0));
  parts.voters = reader.Fixed16().value_or(0);
  parts.outgoing = reader.Fixed16().value_or(0);
  parts.learners = reader.Fixed16().value_or(0);
  parts.learners_next = reader.Fixed16().value_or(0);
  parts.live_bytes = reader.Fixed32().value_or(0);
  parts.log_crc = reader.Fixed32().value_or(0);
  parts.state_bytes = reader.Fixed64().value_or(0);
  parts.state_crc = reader.Fixed32().value_or(0);
  snapshot.membership.auto_leave = (flags & kAutoLeaveFlag) != 0;
  if (flags > kAutoLeaveFlag) return Damaged(expected, absl::StrCat("unknown flags ", flags));
  if (reserved != 0) return Damaged(expected, absl::StrCat("reserved bytes hold ", reserved));
  WARREN_RETURN_IF_ERROR(CheckParts(expected, parts, bytes.size()));
  return parts;
}

// False unless they are in order and without repeats: one set has one encoding.
bool ReadNodes(base::Reader& reader, size_t count, NodeSet& nodes) {
  if (count > kMembersMax) return false;
  NodeId previous;
  for (size_t i = 0; i < count; ++i) {
    const NodeId node(reader.Fixed64().value_or(0));
    if (node <= previous) return false;
    nodes.Insert(node);
    previous = node;
  }
  return true;
}

absl::Status ReadLog(const Expected& expected, const Parts& parts, std::string_view bytes,
                     Snapshot& snapshot) {
  base::Reader reader(bytes);
  Membership& membership = snapshot.membership;
  if (!ReadNodes(reader, parts.voters, membership.voters) ||
      !ReadNodes(reader, parts.outgoing, membership.outgoing) ||
      !ReadNodes(reader, parts.learners, membership.learners) ||
      !ReadNodes(reader, parts.learners_next, membership.learners_next)) {
    return Damaged(expected, "a set of members is too large, or not in order");
  }
  if (parts.runs > 0) {
    std::vector<TermRuns::Run> runs(parts.runs);
    for (TermRuns::Run& run : runs) {
      run.first = Index(reader.Fixed64().value_or(0));
      run.term = Term(reader.Fixed64().value_or(0));
    }
    std::optional<TermRuns> terms = TermRuns::FromRuns(std::move(runs), snapshot.last.id.index);
    if (!terms) return Damaged(expected, "the runs of terms are not in order");
    snapshot.terms = *std::move(terms);
  }
  absl::StatusOr<base::IntervalSet> live = base::IntervalSet::Deserialize(reader.rest());
  if (!live.ok()) return base::Annotate(live.status(), codec_internal::Describe(expected));
  snapshot.live = *std::move(live);
  return absl::OkStatus();
}

}  // namespace

base::BytesChain EncodeSnapshot(GroupId group, const Snapshot& snapshot) {
  const char* const fault = codec_internal::FaultOf(snapshot);
  WARREN_CHECK_MSG(fault == nullptr, fault);
  const std::string live = snapshot.live.Serialize();
  WARREN_CHECK(live.size() <= kLiveBytesMax);
  Parts parts = PartsOf(snapshot, live);
  const size_t header_bytes = kSnapshotFormat.header_bytes;
  base::BytesBuilder head(header_bytes + parts.LogBytes());
  char* const begin = head.Extend(header_bytes + parts.LogBytes());
  WriteLog(snapshot, live, begin + header_bytes);
  parts.log_crc = base::Crc32c({begin + header_bytes, parts.LogBytes()});
  WriteHeader(group, snapshot, parts, begin);
  base::BytesChain chain(head.Freeze());
  chain.Append(snapshot.state);
  return chain;
}

absl::StatusOr<Snapshot> DecodeSnapshot(GroupId group, std::optional<Index> index,
                                        const base::Bytes& bytes) {
  const Expected expected = {.format = kSnapshotFormat, .group = group, .index = index};
  Snapshot snapshot;
  WARREN_ASSIGN_OR_RETURN(const Parts parts, ReadHeader(expected, bytes.view(), snapshot));
  const std::string_view log = bytes.view().substr(kSnapshotFormat.header_bytes, parts.LogBytes());
  WARREN_RETURN_IF_ERROR(CheckCrc(expected, "log part", parts.log_crc, log));
  snapshot.state = bytes.Slice(kSnapshotFormat.header_bytes + log.size());
  WARREN_RETURN_IF_ERROR(CheckCrc(expected, "state", parts.state_crc, snapshot.state.view()));
  WARREN_RETURN_IF_ERROR(ReadLog(expected, parts, log, snapshot));
  if (const char* fault = codec_internal::FaultOf(snapshot)) return Damaged(expected, fault);
  return snapshot;
}

}  // namespace warren::raft
