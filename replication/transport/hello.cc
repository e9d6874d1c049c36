#include "replication/transport/hello.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace warren::replication {
namespace {

absl::string_view Text(std::string_view text) { return {text.data(), text.size()}; }

std::string Range(const NodeIdentity& node) {
  return absl::StrCat(node.protocol_min, " to ", node.protocol_max);
}

std::optional<Refusal> JudgeCertificate(const std::string& name, const CertificateNames& names) {
  if (!names.has_value()) return std::nullopt;
  if (std::find(names->begin(), names->end(), name) != names->end()) return std::nullopt;
  return Refusal{
      RefusalReason::kCertificate,
      absl::StrCat("the certificate is for ",
                   names->empty() ? "nobody" : absl::StrJoin(*names, ", "), ", not for ", name)};
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

std::optional<Refusal> JudgeHello(const NodeIdentity& self, std::span<const PeerAddress> peers,
                                  const Hello& hello, const CertificateNames& certificate) {
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
  return JudgeCertificate(from.name, certificate);
}

std::optional<Refusal> JudgeReply(const NodeIdentity& self, const PeerAddress& peer,
                                  const HelloReply& reply, const CertificateNames& certificate) {
  const NodeIdentity& from = reply.from;
  if (from.cluster != self.cluster || from.node != peer.node || from.name != peer.name) {
    return Refusal{RefusalReason::kOtherNode,
                   absl::StrCat("node ", from.node.value(), ", ", from.name, ", of cluster ",
                                from.cluster, " answers at ", peer.address, " instead of node ",
                                peer.node.value(), ", ", peer.name)};
  }
  return JudgeCertificate(peer.name, certificate);
}

}  // namespace warren::replication
