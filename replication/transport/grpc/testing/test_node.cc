#include "replication/transport/grpc/testing/test_node.h"

#include <algorithm>
#include <chrono>

#include "gtest/gtest.h"

namespace warren::replication {
namespace {

constexpr std::chrono::seconds kPatience(60);

bool HasAll(const std::string& line, const std::vector<std::string>& parts) {
  return std::all_of(parts.begin(), parts.end(), [&line](const std::string& part) {
    return line.find(part) != std::string::npos;
  });
}

}  // namespace

void RecordedLog::Write(const base::LogRecord& record) {
  const std::lock_guard lock(mutex_);
  lines_.emplace_back(record.text);
  changed_.notify_all();
}

bool RecordedLog::AwaitLine(const std::vector<std::string>& parts) {
  std::unique_lock lock(mutex_);
  const bool came = changed_.wait_for(lock, kPatience, [&] {
    return std::any_of(lines_.begin(), lines_.end(),
                       [&](const std::string& line) { return HasAll(line, parts); });
  });
  EXPECT_TRUE(came) << "no line with " << parts.back() << " among\n"
                    << ::testing::PrintToString(lines_);
  return came;
}

std::string RecordedLog::Text() const {
  const std::lock_guard lock(mutex_);
  std::string text;
  for (const std::string& line : lines_) text += line + "\n";
  return text;
}

TestNode::TestNode(char letter) {
  options_.self.cluster = "cluster";
  options_.self.node = IdOf(letter);
  options_.self.name = std::string(1, letter);
  options_.self.incarnation = Incarnation(1);
  options_.listen_address = port_.address();
  options_.log = base::Logger(&pipeline_);
  options_.clock = &clock_;
}

PeerAddress TestNode::Address() const {
  return {.node = options_.self.node, .name = options_.self.name, .address = port_.address()};
}

void TestNode::Start(const std::vector<PeerAddress>& peers) {
  transport_.reset();
  auto transport = GrpcTransport::Start(options_, &listener_);
  ASSERT_TRUE(transport.ok()) << transport.status();
  transport_ = *std::move(transport);
  transport_->SetPeers(peers);
}

}  // namespace warren::replication
