// The bytes of hard states.
#include "absl/strings/str_cat.h"

#include "base/check.h"
#include "base/coding.h"
#include "base/status_macros.h"
#include "raft/codec.h"
#include "raft/codec_header.h"

namespace warren::raft {

using codec_internal::CheckHeader;
using codec_internal::Damaged;
using codec_internal::Expected;
using codec_internal::kHardStateFormat;

namespace {

constexpr uint8_t kAmnesiacFlag = 1;

const char* FaultOf(const HardState& hard_state) {
  if (hard_state.term.value() > kOrdinalMax) return "the term is too large";
  if (hard_state.commit.value() > kOrdinalMax) return "the commit index is too large";
  return nullptr;
}

}  // namespace

EncodedHardState EncodeHardState(GroupId group, const HardState& hard_state) {
  const char* const fault = FaultOf(hard_state);
  WARREN_CHECK_MSG(fault == nullptr, fault);
  EncodedHardState encoded;
  char* out = encoded.data();
  out = base::EncodeFixed(out, kCodecVersion, 1);
  out = base::EncodeFixed(out, hard_state.amnesiac ? kAmnesiacFlag : 0, 1);
  out = base::EncodeFixed(out, 0, 6);
  out = base::EncodeFixed64(out, group.value());
  out = base::EncodeFixed64(out, hard_state.term.value());
  out = base::EncodeFixed64(out, hard_state.vote.value());
  base::EncodeFixed64(out, hard_state.commit.value());
  codec_internal::SealHeader(kHardStateFormat, encoded.data());
  return encoded;
}

absl::StatusOr<HardState> DecodeHardState(GroupId group, std::string_view bytes) {
  const Expected expected = {.format = kHardStateFormat, .group = group, .index = {}};
  WARREN_RETURN_IF_ERROR(CheckHeader(expected, bytes));
  if (bytes.size() != kHardStateBytes) {
    return Damaged(expected, absl::StrCat(bytes.size(), " bytes, expected ", kHardStateBytes));
  }
  base::Reader reader(bytes.substr(1));
  const uint8_t flags = reader.Fixed8().value_or(0);
  const uint16_t reserved_low = reader.Fixed16().value_or(0);
  const uint32_t reserved_high = reader.Fixed32().value_or(0);
  reader.Fixed64();  // The group, which is the one expected.
  HardState hard_state;
  hard_state.term = Term(reader.Fixed64().value_or(0));
  hard_state.vote = NodeId(reader.Fixed64().value_or(0));
  hard_state.commit = Index(reader.Fixed64().value_or(0));
  hard_state.amnesiac = (flags & kAmnesiacFlag) != 0;
  if (flags > kAmnesiacFlag) return Damaged(expected, absl::StrCat("unknown flags ", flags));
  if (reserved_low != 0 || reserved_high != 0) {
    return Damaged(expected, "reserved bytes are not 0");
  }
  if (const char* fault = FaultOf(hard_state)) return Damaged(expected, fault);
  return hard_state;
}

}  // namespace warren::raft
