#include "replication/transport/hello.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace warren::replication {
namespace {

absl::string_view Text(std::string_view text) { return {text.data(), text.size()}; }

std::string Range(const NodeIdentity& node) {
  return absl::StrCat(node.protocol_min, " to ", node.protocol_max);
}

std::optional<Refusal> JudgeCertificate(const Hello& hello, std::span<const std::string> names) {
  if (std::find(names.begin(), names.end(), hello.from.name) != names.end()) return std::nullopt;
  std::string known;
  for (const std::string& name : names) absl::StrAppend(&known, known.empty() ? "" : ", ", name);
  return Refusal{RefusalReason::kCertificate,
                 absl::StrCat("the certificate is for ", known.empty() ? "nobody" : known,
                              ", not for ", hello.from.name)};
}

}  // namespace

std::string_view Name(RefusalReason reason) {
  switch (reason) {
    case RefusalReason::kOther:
      return "other";
    case RefusalReason::kMalformed:
      return "malformed";
    case RefusalReason::kOtherCluster:
      return "other_cluster";
    case RefusalReason::kNotAMember:
      return "not_a_member";
    case RefusalReason::kOtherName:
      return "other_name";
    case RefusalReason::kOtherNode:
      return "other_node";
    case RefusalReason::kVersion:
      return "version";
    case RefusalReason::kCertificate:
      return "certificate";
    case RefusalReason::kStale:
      return "stale";
  }
  return "other";
}

absl::Status ToStatus(const Refusal& refusal) {
  const std::string message = absl::StrCat(Text(Name(refusal.reason)), ": ", refusal.text);
  switch (refusal.reason) {
    case RefusalReason::kVersion:
      return absl::FailedPreconditionError(message);
    case RefusalReason::kCertificate:
      return absl::UnauthenticatedError(message);
    default:
      return absl::PermissionDeniedError(message);
  }
}

std::optional<Refusal> JudgeHello(
    const NodeIdentity& self, std::span<const PeerAddress> peers, const Hello& hello,
    const std::optional<std::span<const std::string>>& certificate_names) {
  const NodeIdentity& from = hello.from;
  if (from.cluster != self.cluster) {
    return Refusal{RefusalReason::kOtherCluster,
                   absl::StrCat("node ", from.name, " is of cluster ", from.cluster, ", node ",
                                self.name, " of ", self.cluster)};
  }
  if (hello.to != self.node) {
    return Refusal{RefusalReason::kOtherNode,
                   absl::StrCat("node ", hello.to.value(), " is looked for, and this is node ",
                                self.node.value(), ", ", self.name)};
  }
  const auto peer = std::find_if(peers.begin(), peers.end(),
                                 [&from](const PeerAddress& p) { return p.node == from.node; });
  if (peer == peers.end()) {
    return Refusal{RefusalReason::kNotAMember,
                   absl::StrCat("node ", from.node.value(), ", ", from.name,
                                ", is not among the peers of ", self.name)};
  }
  if (peer->name != from.name) {
    return Refusal{RefusalReason::kOtherName,
                   absl::StrCat("node ", from.node.value(), " says that it is ", from.name,
                                ", and ", self.name, " knows it as ", peer->name)};
  }
  if (from.protocol_max < self.protocol_min || self.protocol_max < from.protocol_min) {
    return Refusal{RefusalReason::kVersion,
                   absl::StrCat("node ", from.name, " speaks versions ", Range(from), ", node ",
                                self.name, " ", Range(self))};
  }
  if (certificate_names.has_value()) return JudgeCertificate(hello, *certificate_names);
  return std::nullopt;
}

absl::Status JudgeReply(const NodeIdentity& self, const PeerAddress& peer,
                        const HelloReply& reply) {
  if (reply.refusal.has_value()) return ToStatus(*reply.refusal);
  if (reply.from.cluster != self.cluster || reply.from.node != peer.node ||
      reply.from.name != peer.name) {
    return absl::PermissionDeniedError(
        absl::StrCat("other_node: node ", reply.from.node.value(), ", ", reply.from.name,
                     ", of cluster ", reply.from.cluster, " answers at ", peer.address,
                     " instead of node ", peer.node.value(), ", ", peer.name));
  }
  return absl::OkStatus();
}

}  // namespace warren::replication
