// What is asked of the queue as a whole.
#include <algorithm>
#include <utility>

#include "replication/session/queue_entry.h"
#include "replication/session/queue_leader.h"

namespace warren::replication {

void QueueLeader::Answer(const Asker& asker, Reply reply) {
  reply.id = asker.id;
  group_->Send(asker.node, asker.shard, std::move(reply));
}

void QueueLeader::OnRequest(NodeId from, Request&& request) {
  const Asker asker{.node = from, .shard = request.shard, .id = request.id};
  Reply reply;
  if (auto* configure = std::get_if<queue::Configure>(&request.what)) {
    if (const absl::Status status = configure->config.Validate(); !status.ok()) {
      reply.code = status.code();
      reply.text = std::string(status.message());
      Answer(asker, std::move(reply));
      return;
    }
    Housekeep(*configure, asker);
  } else if (auto* remove = std::get_if<queue::Remove>(&request.what)) {
    Housekeep(*remove, asker);
  } else if (auto* purge = std::get_if<queue::Purge>(&request.what)) {
    Housekeep(*purge, asker);
  } else if (auto* touch = std::get_if<queue::Touch>(&request.what)) {
    Housekeep(*touch, asker);
  } else if (auto* cancel = std::get_if<queue::CancelDelayed>(&request.what)) {
    Housekeep(*cancel, asker);
  } else if (std::holds_alternative<GetStats>(request.what)) {
    reply.answer =
        QueueStats{.counts = machine_->GetCounts(), .consumers = machine_->ListConsumers()};
    Answer(asker, std::move(reply));
  } else if (const auto* peek = std::get_if<PeekMessage>(&request.what)) {
    if (std::optional<queue::MessageView> message = machine_->Peek(peek->place)) {
      peeks_.PushBack({.asker = asker, .message = *message});
      PumpPeeks();
      return;
    }
    reply.code = absl::StatusCode::kNotFound;
    reply.text = "there is no message at this place";
    Answer(asker, std::move(reply));
  } else if (const auto* list = std::get_if<ListMessages>(&request.what)) {
    queue::ListRequest bounded = list->request;
    bounded.messages_max = std::min(bounded.messages_max, kListedMax);
    reply.answer = machine_->ListMessages(bounded);
    Answer(asker, std::move(reply));
  } else if (const auto* delayed = std::get_if<ListDelayed>(&request.what)) {
    const size_t most = std::min<size_t>(delayed->messages_max, kListedMax);
    reply.answer = machine_->ListDelayed(delayed->from, most);
    Answer(asker, std::move(reply));
  }
}

void QueueLeader::AnswerApplied(const Asker& asker, const queue::Command& command,
                                const queue::Effects& effects) {
  Reply reply;
  if (std::holds_alternative<queue::Remove>(command)) {
    switch (effects.remove) {
      case queue::RemoveResult::kRemoved:
        reply.answer = Counted{effects.departures.purged};
        break;
      case queue::RemoveResult::kInUse:
        reply.code = absl::StatusCode::kFailedPrecondition;
        reply.text = "the queue has consumers";
        break;
      case queue::RemoveResult::kNotEmpty:
        reply.code = absl::StatusCode::kFailedPrecondition;
        reply.text = "the queue is not empty";
        break;
      case queue::RemoveResult::kNotAsked:
        reply.code = absl::StatusCode::kNotFound;
        reply.text = "the queue has been deleted";
        break;
    }
  } else if (std::holds_alternative<queue::Purge>(command)) {
    reply.answer = Counted{effects.departures.purged};
  } else if (std::holds_alternative<queue::CancelDelayed>(command)) {
    reply.answer = Counted{effects.cancelled_delayed};
  }
  Answer(asker, std::move(reply));
}

void QueueLeader::PumpPeeks() {
  while (!peeks_.empty()) {
    const Peek& peek = peeks_.front();
    const queue::Position position = peek.message.position;
    const ContentReader::Found found = reader_.Find(raft::Index(position.entry.value()));
    Reply reply;
    if (found.entry != nullptr && position.slot < found.entry->slots()) {
      reply.answer =
          PeekedMessage{.message = peek.message, .content = found.entry->Content(position.slot)};
    } else if (found.entry == nullptr && !found.gone) {
      return;
    } else {
      reply.code = absl::StatusCode::kNotFound;
      reply.text = "the message is gone";
    }
    Answer(peek.asker, std::move(reply));
    peeks_.PopFront();
  }
}

void QueueLeader::ConfirmDeadLetters(queue::ConfirmDeadLetters answers) {
  if (answers.confirmed.empty() && answers.refused.empty()) return;
  Housekeep(std::move(answers));
}

}  // namespace warren::replication
