// Replies to requests.
#include <variant>

#include "replication/session/message_codec.h"
#include "replication/session/message_codec_parts.h"

namespace warren::replication::codec_internal {
namespace {

template <typename Io>
void AllCounts(Io& io, For<Io, queue::Counts>& counts) {
  for (auto* field :
       {&counts.ready, &counts.ready_bytes, &counts.leased, &counts.leased_bytes, &counts.delayed,
        &counts.delayed_bytes, &counts.retrying, &counts.retrying_bytes, &counts.dead_letters,
        &counts.dead_letters_bytes, &counts.persistent, &counts.persistent_bytes, &counts.consumers,
        &counts.sessions, &counts.producers, &counts.deduplication_ids}) {
    io.Number(*field);
  }
  io.Optional(counts.oldest_ready, [](Io& in, auto& time) { in.Place(time); });
  io.Optional(counts.oldest_leased, [](Io& in, auto& time) { in.Place(time); });
}

template <typename Io>
void Consumer(Io& io, For<Io, queue::ConsumerId>& consumer) {
  io.LongName(consumer.session);
  io.Name(consumer.number);
}

template <typename Io>
void View(Io& io, For<Io, queue::ConsumerView>& view) {
  Consumer(io, view.consumer);
  io.Signed32(view.priority);
  io.Flags(view.exclusive, view.auto_settle, view.cancelled, view.active);
  io.Small(view.prefetch);
  io.Number(view.credit);
  io.Number(view.unsettled);
}

template <typename Io>
void Where(Io& io, For<Io, queue::Position>& position) {
  io.Place(position.entry);
  io.Small(position.slot);
}

template <typename Io>
void View(Io& io, For<Io, queue::MessageView>& view) {
  io.Place(view.key);
  Where(io, view.position);
  io.Choice(view.state, queue::MessageState::kDeadLetter);
  io.Byte(view.priority);
  io.Small(view.size);
  io.Flags(view.persistent);
  io.Small(view.acquired);
  io.Small(view.failed);
  io.Optional(view.expires, [](Io& in, auto& time) { in.Place(time); });
  io.Optional(view.due, [](Io& in, auto& time) { in.Place(time); });
  io.Optional(view.consumer, [](Io& in, auto& consumer) { Consumer(in, consumer); });
}

template <typename Io>
void View(Io& io, For<Io, queue::DelayedView>& view) {
  io.Place(view.key);
  Where(io, view.position);
  io.Place(view.due);
  io.Small(view.size);
}

// By its place in Answer.
template <typename Io>
void Body(Io&, For<Io, std::monostate>&) {}
template <typename Io>
void Body(Io& io, For<Io, Counted>& counted) {
  io.Number(counted.messages);
}
template <typename Io>
void Body(Io& io, For<Io, QueueStats>& stats) {
  AllCounts(io, stats.counts);
  io.List(stats.consumers, 14, [](Io& in, auto& view) { View(in, view); });
}
template <typename Io>
void Body(Io& io, For<Io, PeekedMessage>& peeked) {
  View(io, peeked.message);
  io.Content(peeked.content);
}
template <typename Io>
void Body(Io& io, For<Io, std::vector<queue::MessageView>>& views) {
  io.List(views, 12, [](Io& in, auto& view) { View(in, view); });
}
template <typename Io>
void Body(Io& io, For<Io, std::vector<queue::DelayedView>>& views) {
  io.List(views, 5, [](Io& in, auto& view) { View(in, view); });
}

template <size_t kPlace>
void ReadAnswer(size_t place, MessageParser& in, Answer& answer) {
  if constexpr (kPlace == std::variant_size_v<Answer>) {
    in.Fail("an answer that there is not");
  } else if (place == kPlace) {
    Body<MessageParser>(in, answer.emplace<kPlace>());
  } else {
    ReadAnswer<kPlace + 1>(place, in, answer);
  }
}

}  // namespace

void Fields(MessageWriter& out, const Reply& reply) {
  out.Name(reply.id);
  out.Byte(static_cast<uint8_t>(reply.code));
  out.Text(reply.text, kReplyTextBytesMax);
  out.LongName(reply.leader);
  out.Byte(static_cast<uint8_t>(reply.answer.index()));
  std::visit([&out](const auto& answer) { Body<MessageWriter>(out, answer); }, reply.answer);
}

void Fields(MessageParser& in, Reply& reply) {
  in.Name(reply.id);
  const uint8_t code = in.Byte();
  if (code > static_cast<uint8_t>(absl::StatusCode::kUnauthenticated)) in.Fail("no status code");
  if (in.ok()) reply.code = static_cast<absl::StatusCode>(code);
  in.Text(reply.text, kReplyTextBytesMax);
  in.LongName(reply.leader);
  ReadAnswer<0>(in.Byte(), in, reply.answer);
}

}  // namespace warren::replication::codec_internal
