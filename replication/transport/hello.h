// The handshake with which a stream begins: who is there, and whether they may talk.
// Format: docs/formats/peer_frames.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "replication/transport/transport.h"

namespace warren::replication {

// The versions of what travels over streams that this build speaks, from and to.
inline constexpr uint32_t kProtocolMin = 1;
inline constexpr uint32_t kProtocolMax = 1;

// Names of nodes and of clusters are no longer than this.
inline constexpr size_t kNodeNameBytesMax = 255;

// Who a node is to others.
struct NodeIdentity {
  std::string cluster;  // Made up when the cluster is; all its nodes have it.
  NodeId node;
  std::string name;
  Incarnation incarnation;
  uint32_t protocol_min = kProtocolMin;
  uint32_t protocol_max = kProtocolMax;
  friend bool operator==(const NodeIdentity&, const NodeIdentity&) = default;
};

// What whoever opens a stream says first.
struct Hello {
  NodeIdentity from;
  NodeId to;  // Whom it takes the other one for.
  StreamClass stream = StreamClass::kControl;
  friend bool operator==(const Hello&, const Hello&) = default;
};

// Values are in the format; readers treat those that they do not know like kOther.
enum class RefusalReason : uint8_t {
  kOther = 1,
  kMalformed = 2,     // The hello could not be read.
  kOtherCluster = 3,  // The two are of different clusters.
  kNotAMember = 4,    // The sender is not among the receiver's peers.
  kOtherName = 5,     // The sender's name is not the one that the receiver knows it by.
  kOtherNode = 6,     // The receiver is not whom the sender looks for.
  kVersion = 7,       // No version is spoken by both.
  kCertificate = 8,   // The sender's certificate is not for the name that it gives.
  kStale = 9,         // A later incarnation of the sender has been here.
};
std::string_view Name(RefusalReason reason);

struct Refusal {
  RefusalReason reason = RefusalReason::kOther;
  std::string text;  // For people: what was observed and what was expected.
  friend bool operator==(const Refusal&, const Refusal&) = default;
};
// PERMISSION_DENIED, UNAUTHENTICATED (certificates) or FAILED_PRECONDITION (versions).
absl::Status ToStatus(const Refusal& refusal);

// The answer: who answers, and that or why not the stream is accepted.
struct HelloReply {
  NodeIdentity from;
  std::optional<Refusal> refusal;
  friend bool operator==(const HelloReply&, const HelloReply&) = default;
};

std::string EncodeHello(const Hello& hello);
std::string EncodeHelloReply(const HelloReply& reply);
std::string EncodeRefusal(const Refusal& refusal);  // Of whoever answered, by whoever opened.
// INVALID_ARGUMENT for whatever cannot be one. Fields of later versions are passed over.
absl::StatusOr<Hello> DecodeHello(std::string_view bytes);
absl::StatusOr<HelloReply> DecodeHelloReply(std::string_view bytes);
absl::StatusOr<Refusal> DecodeRefusal(std::string_view bytes);
// A frame never begins like a refusal.
bool LooksLikeRefusal(std::string_view bytes);

// The names for which the other one's certificate was made; nullopt if there is no TLS.
using CertificateNames = std::optional<std::vector<std::string>>;

// Whether `self`, whose peers these are, lets the sender in.
std::optional<Refusal> JudgeHello(const NodeIdentity& self, std::span<const PeerAddress> peers,
                                  const Hello& hello, const CertificateNames& certificate);

// Whether whoever answered is the peer that we look for. That it accepts us is another question.
std::optional<Refusal> JudgeReply(const NodeIdentity& self, const PeerAddress& peer,
                                  const HelloReply& reply, const CertificateNames& certificate);

}  // namespace warren::replication
