#include "replication/testing/load.h"

#include <algorithm>
#include <utility>

#include "base/coding.h"

namespace warren::replication {

Publisher::Publisher(Shard& shard, const LoadOptions& options, DoneFn done)
    : shard_(shard),
      options_(options),
      done_(std::move(done)),
      content_(base::Bytes::Adopt(std::string(options.bytes, 'w'))) {}

Publisher* Publisher::Start(Shard& shard, const LoadOptions& options, DoneFn done) {
  auto* const publisher = new Publisher(shard, options, std::move(done));  // Until OnEnded.
  publisher->session_ = shard.OpenSession({}, options.group, options.members, publisher);
  publisher->last_confirm_ = shard.Now();
  publisher->Fill();
  return publisher;
}

void Publisher::Finish() {
  finishing_ = true;
  if (resolved_ == published_) session_->Close();
}

base::BytesChain Publisher::NextContent() {
  if (!options_.numbered) return base::BytesChain(content_);
  base::BytesBuilder content(std::max<size_t>(options_.bytes, 8));
  base::PutFixed64(&content, options_.first_number + published_);
  const size_t rest = std::max<size_t>(options_.bytes, 8) - 8;
  content.Append(std::string(rest, 'n'));
  return base::BytesChain(content.Freeze());
}

void Publisher::Fill() {
  const uint64_t window = options_.one_by_one ? 1 : options_.window;
  while (!finishing_ && published_ - resolved_ < window) {
    if (options_.messages != 0 && published_ == options_.messages) break;
    queue::NewMessage message;
    message.size = static_cast<uint32_t>(options_.bytes);
    message.persistent = true;
    if (options_.one_by_one) sent_at_ = shard_.Now();
    if (session_->Publish(std::move(message), NextContent()) == PublishId()) break;
    ++published_;
  }
  if (options_.messages != 0 && resolved_ == options_.messages) Finish();
}

void Publisher::OnPublished(std::span<const PublishOutcome> outcomes) {
  const base::MonotonicTime now = shard_.Now();
  for (const PublishOutcome& outcome : outcomes) {
    const uint64_t count = outcome.last - outcome.first + 1;
    resolved_ += count;
    switch (outcome.kind) {
      case PublishOutcome::Kind::kConfirmed:
        result_.confirmed += count;
        break;
      case PublishOutcome::Kind::kRefused:
        result_.refused += count;
        break;
      case PublishOutcome::Kind::kUnknown:
        result_.unknown += count;
        break;
    }
  }
  if (options_.one_by_one) {
    result_.latency_ns.Record(static_cast<uint64_t>(absl::ToInt64Nanoseconds(now - sent_at_)));
  }
  result_.longest_gap = std::max(result_.longest_gap, now - last_confirm_);
  last_confirm_ = now;
  if (finishing_) {
    if (resolved_ == published_) session_->Close();
    return;
  }
  Fill();
}

void Publisher::OnEnded(const absl::Status&) {
  done_(result_);
  delete this;
}

void Drainer::Start(Shard& shard, const LoadOptions& options, uint64_t expected, DoneFn done) {
  auto* const drainer = new Drainer(expected, std::move(done));  // Until OnEnded.
  drainer->session_ = shard.OpenSession({}, options.group, options.members, drainer);
  ConsumerOptions consumer;
  consumer.prefetch = options.window;
  drainer->session_->AttachConsumer(ConsumerNumber(1), consumer);
  if (expected == 0) drainer->session_->Close();
}

void Drainer::OnDelivered(ConsumerNumber consumer, std::span<const DeliveredMessage> messages) {
  for (const DeliveredMessage& message : messages) {
    ++result_.messages;
    base::Reader reader(message.content.view());
    const uint64_t number = reader.Fixed64().value_or(0);
    if (number != 0 && number <= expected_) result_.seen.InsertRange(number, number);
    session_->Settle(consumer, queue::Verdict::kSettle,
                     {.first = message.key, .last = message.key});
  }
  if (result_.seen.size() >= expected_) session_->Close();
}

void Drainer::OnEnded(const absl::Status&) {
  done_(result_);
  delete this;
}

}  // namespace warren::replication
