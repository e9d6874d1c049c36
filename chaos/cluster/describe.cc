#include "chaos/cluster/describe.h"

#include <variant>

#include "fmt/format.h"
#include "raft/codec.h"
#include "raft/message.h"
#include "replication/host/fetch_message.h"
#include "replication/session/message_codec.h"
#include "replication/wire/envelope.h"

namespace warren::cluster_sim {
namespace {

using replication::Envelope;
using replication::EnvelopeKind;

std::string DescribeRaft(const Envelope& envelope) {
  raft::Message message;
  if (!raft::DecodeMessageInto(envelope.group, envelope.body, message).ok()) return "nonsense";
  std::string text =
      fmt::format("{}, term {}, at {}@{}", raft::Name(message.type), message.term.value(),
                  message.index.value(), message.log_term.value());
  if (message.reject) text += fmt::format(", rejected, hint {}", message.reject_hint.value());
  if (message.amnesiac) text += ", amnesiac";
  if (!message.entries.empty()) {
    text += fmt::format(", entries to {}", message.entries.back().id.index.value());
  }
  if (message.snapshot != nullptr) {
    text += fmt::format(", snapshot {}", message.snapshot->last.id.index.value());
  }
  return text + fmt::format(", commit {}", message.commit.value());
}

std::string DescribeSession(const Envelope& envelope) {
  const auto message = replication::DecodeSessionMessage(envelope.body);
  if (!message.ok()) return "nonsense";
  if (const auto* command = std::get_if<replication::SessionCommand>(&*message)) {
    return fmt::format("command {} of {:x}, epoch {}", command->number.value(),
                       command->session.value(), command->epoch.value());
  }
  if (const auto* outcome = std::get_if<replication::Outcome>(&*message)) {
    return fmt::format("outcome {} to {:x}, epoch {}, applied {}, {} published, {} deliveries",
                       outcome->sequence, outcome->session.value(), outcome->epoch.value(),
                       outcome->applied.value(), outcome->published.size(),
                       outcome->deliveries.size());
  }
  if (const auto* refused = std::get_if<replication::SessionRefused>(&*message)) {
    return fmt::format("refusal {} of command {} of {:x}, epoch {}, leader n{}",
                       static_cast<int>(refused->why), refused->number.value(),
                       refused->session.value(), refused->epoch.value(), refused->leader.value());
  }
  return std::holds_alternative<replication::Request>(*message) ? "request" : "reply";
}

std::string DescribeBody(const Envelope& envelope) {
  switch (envelope.kind) {
    case EnvelopeKind::kRaft:
      return DescribeRaft(envelope);
    case EnvelopeKind::kToLeader:
    case EnvelopeKind::kToSession:
      return DescribeSession(envelope);
    case EnvelopeKind::kFetch: {
      const auto request = replication::DecodeFetchRequest(envelope.body);
      if (!request.ok()) return "nonsense";
      return fmt::format("fetch {} of {} entries, {} to {}, needed above {}", request->number,
                         request->indexes.size(), request->indexes.First().value_or(0),
                         request->indexes.Last().value_or(0), request->needed_above.value());
    }
    case EnvelopeKind::kFetched: {
      const auto answer = replication::DecodeFetchAnswer(envelope.group, envelope.body);
      if (!answer.ok()) return "nonsense";
      return fmt::format("fetched {}: {} entries, {} dead, up to {}", answer->number,
                         answer->entries.size(), answer->dead.size(),
                         answer->last_considered.value());
    }
    default:
      return fmt::format("kind {}", static_cast<int>(envelope.kind));
  }
}

}  // namespace

std::string DescribeMessage(const base::Bytes& message) {
  const auto envelope = replication::Open(message);
  if (!envelope.ok()) return "nonsense";
  return fmt::format("group {}: {}", envelope->group.value(), DescribeBody(*envelope));
}

}  // namespace warren::cluster_sim
