#include "replication/wire/envelope.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "base/coding.h"

namespace warren::replication {

base::BytesChain Wrap(EnvelopeKind kind, raft::GroupId group, uint16_t shard,
                      base::BytesChain body) {
  base::BytesBuilder header(kEnvelopeHeaderBytes);
  base::PutFixed8(&header, kEnvelopeVersion);
  base::PutFixed8(&header, static_cast<uint8_t>(kind));
  base::PutFixed16(&header, shard);
  base::PutFixed64(&header, group.value());
  base::BytesChain message(header.Freeze());
  message.Append(std::move(body));
  return message;
}

absl::StatusOr<Envelope> Open(const base::Bytes& message) {
  base::Reader reader(message.view());
  const auto version = reader.Fixed8();
  const auto kind = reader.Fixed8();
  const auto shard = reader.Fixed16();
  const auto group = reader.Fixed64();
  if (!reader.ok()) {
    return absl::DataLossError(absl::StrCat("envelope: ", message.size(), " bytes are too few; ",
                                            kEnvelopeHeaderBytes, " are the least"));
  }
  if (*version != kEnvelopeVersion) {
    return absl::UnimplementedError(absl::StrCat(
        "envelope: version ", *version, " is not known; this program knows ", kEnvelopeVersion));
  }
  if (*kind < static_cast<uint8_t>(EnvelopeKind::kBeat) ||
      *kind > static_cast<uint8_t>(EnvelopeKind::kCreated)) {
    return absl::UnimplementedError(absl::StrCat("envelope: kind ", *kind, " is not known"));
  }
  return Envelope{.kind = static_cast<EnvelopeKind>(*kind),
                  .shard = *shard,
                  .group = raft::GroupId(*group),
                  .body = message.Slice(kEnvelopeHeaderBytes)};
}

}  // namespace warren::replication
