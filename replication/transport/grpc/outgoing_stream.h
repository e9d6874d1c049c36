// The stream by which a node sends to one peer on one class.
#pragma once

#include <grpcpp/alarm.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/byte_buffer.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes_chain.h"
#include "base/clock.h"
#include "base/rng.h"
#include "replication/transport/grpc/event_loop.h"
#include "replication/transport/grpc/stream_context.h"
#include "replication/transport/outbox.h"
#include "replication/transport/transport.h"

namespace warren::replication {

// Opens a stream and opens it again when it broke, until it is closed. Each try has a channel, and
// so a TCP connection, of its own: gRPC's channels would keep a back-off of their own and share
// connections among classes.
//
//   waiting --alarm--> opening --reply accepts--> open
//      ^                  |                         |
//      +----- ended <-----+-------------------------+
//
// Writing: whoever finds the stream open and idle writes, in its own thread; what comes meanwhile
// is packed into the next frame, which the loop writes when it learns that the one before is out.
//
// Threads: public members any, others on the loop, but for what is marked.
class OutgoingStream : public std::enable_shared_from_this<OutgoingStream> {
 public:
  OutgoingStream(const StreamContext* context, PeerAddress peer, StreamClass stream);

  void Open();   // Once.
  void Close();  // For good; the listener is not told. May be followed by one call that was due.

  bool Send(base::BytesChain message);
  size_t QueuedBytes() const;
  StreamStats Stats() const;  // Of what is sent.

 private:
  enum class Phase { kOpening, kOpen, kEnding };
  // One try, from its beginning until gRPC has given back all that it was asked for.
  struct Try {
    std::shared_ptr<grpc::Channel> channel;
    grpc::ClientContext context;
    std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call;
    grpc::ByteBuffer incoming;
    grpc::Status status;
    Phase phase = Phase::kOpening;
    bool reading = false;
    bool timing = false;  // The alarm that bounds the handshake is set.
    bool finishing = false;
    bool finished = false;
    absl::Status why;                // Why it was given up before gRPC ended it.
    std::optional<Refusal> parting;  // What the peer is to be told, once the hello is out.
    std::optional<base::MonotonicTime> opened_at;
  };

  void StartTry();
  void OnRetry(bool ok);
  void OnStarted(bool ok);
  void OnRead(bool ok);
  void OnReply(const base::Bytes& bytes);
  void OnWritten(bool ok);
  void OnTimeout(bool ok);
  void OnFinished(bool ok);
  void Accepted(const HelloReply& reply);
  void Refuse(const Refusal& refusal);
  void Read();
  void End();
  void FinishIfQuiet();
  void OverIfFinished();
  void Over();
  absl::Status WhyItFailed() const;
  void ReportFailure(const absl::Status& why);
  absl::Duration NextDelay();
  // On whichever thread has set writing_.
  void WriteFrame(const std::vector<base::BytesChain>& messages);

  const StreamContext& context_;
  const PeerAddress peer_;
  const StreamClass stream_;
  const base::Logger log_;
  const EventLoop::Participant participant_;
  Completion<OutgoingStream> retry_{this, &OutgoingStream::OnRetry};
  Completion<OutgoingStream> started_{this, &OutgoingStream::OnStarted};
  Completion<OutgoingStream> read_{this, &OutgoingStream::OnRead};
  Completion<OutgoingStream> written_{this, &OutgoingStream::OnWritten};
  Completion<OutgoingStream> timeout_{this, &OutgoingStream::OnTimeout};
  Completion<OutgoingStream> finished_{this, &OutgoingStream::OnFinished};

  // On the loop only.
  base::Rng rng_;
  uint32_t failures_ = 0;                    // In a row.
  std::optional<absl::StatusCode> failure_;  // What the listener knows of the last try.
  base::MonotonicTime next_report_;          // Of a failure that is like those before.

  mutable std::mutex mutex_;  // Of all that follows.
  std::unique_ptr<Try> try_;  // Replaced on the loop only, which may therefore read it unlocked.
  grpc::Alarm retry_alarm_;
  grpc::Alarm timeout_alarm_;
  Outbox outbox_;
  bool closed_ = false;
  bool open_ = false;
  bool writing_ = false;                 // A write is under way, or about to be.
  std::vector<base::BytesChain> frame_;  // Of whoever has set writing_; kept for its memory.
  StreamStats stats_;
};

}  // namespace warren::replication
