#include <array>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/coding.h"
#include "replication/transport/hello.h"

namespace warren::replication {
namespace {

constexpr std::string_view kHelloMark = "WHLO";
constexpr std::string_view kReplyMark = "WHRE";
constexpr std::string_view kRefusalMark = "WHNO";
constexpr size_t kHelloBytesMax = 4096;
constexpr size_t kTextBytesMax = 1024;

enum Field : uint64_t {
  kCluster = 1,
  kNode = 2,
  kNodeName = 3,
  kIncarnation = 4,
  kVersionMin = 5,
  kVersionMax = 6,
  kTo = 7,
  kStream = 8,
  kReason = 9,
  kText = 10,
};
constexpr size_t kFields = 11;  // Field 0 is not used.

void PutText(std::string* out, Field field, std::string_view text) {
  base::PutVarint64(out, field);
  base::PutLengthPrefixed(out, text);
}
void PutNumber(std::string* out, Field field, uint64_t number) {
  std::string value;
  base::PutVarint64(&value, number);
  PutText(out, field, value);
}
void PutIdentity(std::string* out, const NodeIdentity& node) {
  PutText(out, kCluster, node.cluster);
  PutNumber(out, kNode, node.node.value());
  PutText(out, kNodeName, node.name);
  PutNumber(out, kIncarnation, node.incarnation.value());
  PutNumber(out, kVersionMin, node.protocol_min);
  PutNumber(out, kVersionMax, node.protocol_max);
}

void PutRefusal(std::string* out, const Refusal& refusal) {
  PutNumber(out, kReason, static_cast<uint64_t>(refusal.reason));
  PutText(out, kText, std::string_view(refusal.text).substr(0, kTextBytesMax));
}

// The fields of a handshake by number. Each accessor fails the whole if what it gives is missing or
// out of bounds.
class FieldsReader {
 public:
  FieldsReader(std::string_view mark, std::string_view bytes) {
    if (bytes.size() > kHelloBytesMax || !bytes.starts_with(mark)) {
      ok_ = false;
      return;
    }
    base::Reader reader(bytes.substr(mark.size()));
    while (ok_ && !reader.AtEnd()) {
      const auto field = reader.Varint64();
      const auto value = reader.LengthPrefixed();
      if (!reader.ok()) {
        ok_ = false;
      } else if (*field < kFields) {
        // Twice the same could be read as one thing here and as another elsewhere.
        if (*field == 0 || std::exchange(values_[*field], *value).has_value()) ok_ = false;
      }
    }
  }

  bool ok() const { return ok_; }
  bool Has(Field field) const { return ok_ && values_[field].has_value(); }

  std::string Text(Field field, size_t bytes_max) {
    if (!Has(field) || values_[field]->size() > bytes_max) return Fail(std::string());
    return std::string(*values_[field]);
  }
  uint64_t Number(Field field, uint64_t max = std::numeric_limits<uint64_t>::max()) {
    if (!Has(field)) return Fail(uint64_t{0});
    base::Reader reader(*values_[field]);
    const auto number = reader.Varint64();
    if (!reader.AtEnd() || *number > max) return Fail(uint64_t{0});
    return *number;
  }
  NodeIdentity Identity() {
    constexpr uint32_t kVersionLimit = std::numeric_limits<uint32_t>::max();
    NodeIdentity node;
    node.cluster = Text(kCluster, kNodeNameBytesMax);
    node.node = NodeId(Number(kNode));
    node.name = Text(kNodeName, kNodeNameBytesMax);
    node.incarnation = Incarnation(Number(kIncarnation));
    node.protocol_min = static_cast<uint32_t>(Number(kVersionMin, kVersionLimit));
    node.protocol_max = static_cast<uint32_t>(Number(kVersionMax, kVersionLimit));
    if (node.node.IsNone() || node.protocol_min > node.protocol_max) ok_ = false;
    return node;
  }
  struct Refusal Refusal() {
    const uint64_t reason = Number(kReason);
    const bool known = reason >= static_cast<uint64_t>(RefusalReason::kOther) &&
                       reason <= static_cast<uint64_t>(RefusalReason::kStale);
    return {.reason = known ? static_cast<RefusalReason>(reason) : RefusalReason::kOther,
            .text = Text(kText, kTextBytesMax)};
  }

 private:
  template <typename Value>
  Value Fail(Value none) {
    ok_ = false;
    return none;
  }

  std::array<std::optional<std::string_view>, kFields> values_;
  bool ok_ = true;
};

absl::Status Malformed(std::string_view what, std::string_view bytes) {
  return absl::InvalidArgumentError(absl::StrCat("these ", bytes.size(), " bytes are no ",
                                                 absl::string_view(what.data(), what.size())));
}

}  // namespace

std::string EncodeHello(const Hello& hello) {
  std::string out(kHelloMark);
  PutIdentity(&out, hello.from);
  PutNumber(&out, kTo, hello.to.value());
  PutNumber(&out, kStream, static_cast<uint64_t>(hello.stream));
  return out;
}

std::string EncodeHelloReply(const HelloReply& reply) {
  std::string out(kReplyMark);
  PutIdentity(&out, reply.from);
  if (reply.refusal.has_value()) PutRefusal(&out, *reply.refusal);
  return out;
}

std::string EncodeRefusal(const Refusal& refusal) {
  std::string out(kRefusalMark);
  PutRefusal(&out, refusal);
  return out;
}

bool LooksLikeRefusal(std::string_view bytes) { return bytes.starts_with(kRefusalMark); }

absl::StatusOr<Hello> DecodeHello(std::string_view bytes) {
  FieldsReader fields(kHelloMark, bytes);
  Hello hello;
  hello.from = fields.Identity();
  hello.to = NodeId(fields.Number(kTo));
  hello.stream = static_cast<StreamClass>(fields.Number(kStream, kStreamClasses - 1));
  if (!fields.ok()) return Malformed("hello", bytes);
  return hello;
}

absl::StatusOr<HelloReply> DecodeHelloReply(std::string_view bytes) {
  FieldsReader fields(kReplyMark, bytes);
  HelloReply reply;
  reply.from = fields.Identity();
  if (fields.Has(kReason)) reply.refusal = fields.Refusal();
  if (!fields.ok()) return Malformed("answer to a hello", bytes);
  return reply;
}

absl::StatusOr<Refusal> DecodeRefusal(std::string_view bytes) {
  FieldsReader fields(kRefusalMark, bytes);
  Refusal refusal = fields.Refusal();
  if (!fields.ok()) return Malformed("refusal", bytes);
  return refusal;
}

}  // namespace warren::replication
