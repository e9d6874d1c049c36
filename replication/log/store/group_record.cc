#include "replication/log/store/group_record.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "base/check.h"
#include "base/coding.h"
#include "base/crc32c.h"
#include "base/status_macros.h"
#include "raft/codec.h"

namespace warren::log {
namespace {

constexpr size_t kCrcBytes = 4;
constexpr uint8_t kAmnesiac = 1;

// Seeded with the number of the group, so that no group's record passes for another one's.
uint32_t CrcOf(GroupNo group, std::string_view bytes) {
  char seed[8];
  base::EncodeFixed64(seed, group.value());
  return base::Crc32cExtend(base::Crc32c({seed, sizeof(seed)}), bytes);
}

std::string Seal(GroupNo group, std::string bytes) {
  const uint32_t crc = CrcOf(group, bytes);
  base::PutFixed32(&bytes, crc);
  return bytes;
}

absl::Status Damaged(GroupNo group, std::string_view what) {
  const std::string of =
      group.IsNone() ? "the log's record" : absl::StrCat("record of group no ", group.value());
  return absl::DataLossError(absl::StrCat(of, ": ", std::string(what)));
}

// What stands between version and checksum.
absl::StatusOr<std::string_view> Unseal(GroupNo group, std::string_view bytes) {
  if (bytes.size() < 1 + kCrcBytes) return Damaged(group, "cut off");
  const std::string_view body = bytes.substr(0, bytes.size() - kCrcBytes);
  if (base::Reader(bytes.substr(body.size())).Fixed32() != CrcOf(group, body))
    return Damaged(group, "the checksum does not fit");
  const uint8_t version = static_cast<uint8_t>(body[0]);
  if (version == 0) return Damaged(group, "version 0");
  if (version > kRecordVersion) {
    return absl::UnimplementedError(absl::StrCat("record of group no ", group.value(),
                                                 " has version ", version, ", known is up to ",
                                                 kRecordVersion));
  }
  return body.substr(1);
}

template <typename Ordinal>
void Put(std::string* out, Ordinal value) {
  WARREN_CHECK_MSG(value.value() <= raft::kOrdinalMax, "ordinals are within their limit");
  base::PutVarint64(out, value.value());
}

// Reads ordinals; one beyond the limit counts as damage.
class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : reader_(bytes) {}

  template <typename Ordinal>
  Ordinal Get() {
    const std::optional<uint64_t> value = reader_.Varint64();
    if (!value || *value > raft::kOrdinalMax) return Fail<Ordinal>();
    return Ordinal(*value);
  }
  uint64_t Number() { return reader_.Varint64().value_or(0); }
  uint64_t Fixed64() { return reader_.Fixed64().value_or(0); }
  uint8_t Byte() { return reader_.Fixed8().value_or(0); }
  std::string_view LengthPrefixed() { return reader_.LengthPrefixed().value_or(""); }
  bool ok() const { return in_limits_ && reader_.ok(); }
  bool AtEnd() const { return in_limits_ && reader_.AtEnd(); }
  size_t remaining() const { return reader_.remaining(); }

 private:
  template <typename Ordinal>
  Ordinal Fail() {
    in_limits_ = false;
    return Ordinal();
  }

  base::Reader reader_;
  bool in_limits_ = true;
};

void PutTerms(const raft::TermRuns& terms, std::string* out) {
  base::PutVarint64(out, terms.runs().size());
  for (const raft::TermRuns::Run& run : terms.runs()) {
    Put(out, run.first);
    Put(out, run.term);
  }
  Put(out, terms.last());
}

std::optional<raft::TermRuns> GetTerms(Decoder* decoder) {
  const uint64_t count = decoder->Number();
  if (!decoder->ok() || count > decoder->remaining() / 2) return std::nullopt;
  std::vector<raft::TermRuns::Run> runs(count);
  for (raft::TermRuns::Run& run : runs) {
    run.first = decoder->Get<raft::Index>();
    run.term = decoder->Get<raft::Term>();
  }
  const auto last = decoder->Get<raft::Index>();
  if (!decoder->ok()) return std::nullopt;
  return raft::TermRuns::FromRuns(std::move(runs), last);
}

// An id whose term is 0 if its index is, and only then.
bool IsWhole(const raft::EntryId& id) {
  return (id.index == raft::Index()) == (id.term == raft::Term());
}

}  // namespace

std::string EncodeGroupRecord(const GroupRecord& record) {
  const raft::EntryId snapshot =
      record.snapshot != nullptr ? record.snapshot->last.id : raft::EntryId{};
  std::string out;
  base::PutFixed8(&out, kRecordVersion);
  base::PutFixed8(&out, record.hard_state.amnesiac ? kAmnesiac : 0);
  base::PutFixed64(&out, record.id.value());
  Put(&out, record.as_of);
  Put(&out, record.hard_state.term);
  base::PutFixed64(&out, record.hard_state.vote.value());
  Put(&out, record.hard_state.commit);
  Put(&out, record.base.id.index);
  Put(&out, record.base.id.term);
  Put(&out, record.base.time);
  Put(&out, record.last);
  Put(&out, record.stored_last);
  Put(&out, snapshot.index);
  Put(&out, snapshot.term);
  PutTerms(record.terms, &out);
  base::PutLengthPrefixed(&out, record.missing.empty() ? "" : record.missing.Serialize());
  return Seal(record.no, std::move(out));
}

absl::StatusOr<DecodedGroupRecord> DecodeGroupRecord(GroupNo no, std::string_view bytes) {
  WARREN_ASSIGN_OR_RETURN(const std::string_view body, Unseal(no, bytes));
  Decoder decoder(body);
  DecodedGroupRecord decoded;
  GroupRecord& record = decoded.record;
  record.no = no;
  const uint8_t flags = decoder.Byte();
  record.id = raft::GroupId(decoder.Fixed64());
  record.as_of = decoder.Get<FrameNo>();
  record.hard_state.term = decoder.Get<raft::Term>();
  record.hard_state.vote = raft::NodeId(decoder.Fixed64());
  record.hard_state.commit = decoder.Get<raft::Index>();
  record.hard_state.amnesiac = (flags & kAmnesiac) != 0;
  record.base.id.index = decoder.Get<raft::Index>();
  record.base.id.term = decoder.Get<raft::Term>();
  record.base.time = decoder.Get<raft::LogTime>();
  record.last = decoder.Get<raft::Index>();
  record.stored_last = decoder.Get<raft::Index>();
  decoded.snapshot.index = decoder.Get<raft::Index>();
  decoded.snapshot.term = decoder.Get<raft::Term>();
  std::optional<raft::TermRuns> terms = GetTerms(&decoder);
  const std::string_view missing = decoder.LengthPrefixed();
  if (!terms || !decoder.AtEnd() || flags > kAmnesiac) return Damaged(no, "makes no sense");
  if (!IsWhole(decoded.snapshot)) return Damaged(no, "the snapshot has half an id");
  record.terms = *std::move(terms);
  if (!missing.empty()) {
    absl::StatusOr<base::IntervalSet> set = base::IntervalSet::Deserialize(missing);
    if (!set.ok()) return base::Annotate(set.status(), absl::StrCat("group no ", no.value()));
    if (set->empty()) return Damaged(no, "an empty set is written as such");
    record.missing = *std::move(set);
  }
  record.snapshot_is_new = false;
  return decoded;
}

std::string EncodeLogRecord(const LogRecord& record) {
  std::string out;
  base::PutFixed8(&out, kRecordVersion);
  base::PutFixed64(&out, record.log_id);
  Put(&out, record.retired);
  WARREN_CHECK_MSG(record.groups_last.value() <= UINT32_MAX, "a group number fits into 32 bits");
  base::PutVarint64(&out, record.groups_last.value());
  return Seal(GroupNo(), std::move(out));
}

absl::StatusOr<LogRecord> DecodeLogRecord(std::string_view bytes) {
  WARREN_ASSIGN_OR_RETURN(const std::string_view body, Unseal(GroupNo(), bytes));
  Decoder decoder(body);
  LogRecord record;
  record.log_id = decoder.Fixed64();
  record.retired = decoder.Get<SegmentNo>();
  record.groups_last = GroupNo(decoder.Number());
  if (!decoder.AtEnd() || record.groups_last.value() > UINT32_MAX)
    return Damaged(GroupNo(), "makes no sense");
  return record;
}

}  // namespace warren::log
