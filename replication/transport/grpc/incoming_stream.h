// A stream by which a peer sends to this node.
#pragma once

#include <grpcpp/alarm.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/support/byte_buffer.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "replication/transport/grpc/event_loop.h"
#include "replication/transport/grpc/stream_context.h"
#include "replication/transport/hello.h"

namespace warren::replication {

// What came from one peer on one class.
struct ReceivedCounts {
  std::atomic<uint64_t> messages{0};
  std::atomic<uint64_t> bytes{0};
};

class IncomingStream;

// Who decides about streams that others open. Called on the loop.
class Reception {
 public:
  virtual ~Reception() = default;
  // Waits for the next stream.
  virtual void AwaitNext() = 0;
  // A stream is let in, in place of an older one of its peer and class, or not.
  virtual std::optional<Refusal> Receive(const std::shared_ptr<IncomingStream>& stream,
                                         const Hello& hello,
                                         const CertificateNames& certificate) = 0;
  // It has ended. Only of streams that were let in.
  virtual void Leave(IncomingStream* stream) = 0;
};

// From its opening by somebody, through the handshake, to its end. Nothing is sent but the reply.
// Threads: the loop, but for what is marked.
class IncomingStream : public std::enable_shared_from_this<IncomingStream> {
 public:
  IncomingStream(const StreamContext* context, Reception* reception);

  void AwaitIn(grpc::AsyncGenericService* service);  // Any thread; once.

  // The stream is over for the listener, who has been told or need not be.
  void Silence() { counts_ = nullptr; }
  void Cancel();  // Any thread, once it has been opened.

  // Of streams that were let in.
  NodeId from() const { return hello_.from.node; }
  StreamClass stream() const { return hello_.stream; }
  // Receive() calls this before it lets a stream in.
  void LetIn(std::shared_ptr<ReceivedCounts> counts) { counts_ = std::move(counts); }

 private:
  enum class Phase { kGreeting, kOpen, kEnding };

  void OnOpened(bool ok);
  void OnTimeout(bool ok);
  void OnRead(bool ok);
  void OnReplied(bool ok);
  void OnFinished(bool ok);
  void OnHello(const base::Bytes& bytes);
  void OnFrame(const base::Bytes& bytes);
  void Reply(const std::optional<Refusal>& refusal);
  void LogRefusal(const Refusal& refusal, const Hello* hello);
  void LogRefusalByPeer(std::string_view bytes);
  void End(const grpc::Status& status);
  void FinishIfQuiet();
  CertificateNames Certificate() const;

  const StreamContext& context_;
  Reception* const reception_;
  const EventLoop::Participant participant_;
  grpc::GenericServerContext server_context_;
  grpc::GenericServerAsyncReaderWriter call_{&server_context_};
  Completion<IncomingStream> opened_{this, &IncomingStream::OnOpened};
  Completion<IncomingStream> timeout_{this, &IncomingStream::OnTimeout};
  Completion<IncomingStream> read_{this, &IncomingStream::OnRead};
  Completion<IncomingStream> replied_{this, &IncomingStream::OnReplied};
  Completion<IncomingStream> finished_{this, &IncomingStream::OnFinished};
  grpc::Alarm timeout_alarm_;

  std::atomic<bool> cancelled_{false};

  Phase phase_ = Phase::kGreeting;
  Hello hello_;
  std::shared_ptr<ReceivedCounts> counts_;  // Null: not let in, or silenced.
  bool has_frames_ = false;                 // A peer that refuses us says so before the first.
  bool replying_ = false;
  bool finishing_ = false;
  grpc::Status status_;  // What it ends with.
  grpc::ByteBuffer buffer_;
  std::vector<base::Bytes> messages_;  // Of the last frame; kept for its memory.
};

}  // namespace warren::replication
