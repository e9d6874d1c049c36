#include "replication/transport/grpc/tls.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "replication/transport/grpc/testing/certificates.h"
#include "replication/transport/grpc/testing/test_node.h"
#include "tests/support/status_matchers.h"

namespace warren::replication {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr StreamClass kControl = StreamClass::kControl;
const NodeId kA = TestNode::IdOf('a');
const NodeId kB = TestNode::IdOf('b');

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string pattern = std::filesystem::temp_directory_path() / "warren_tls_XXXXXX";
    path_ = mkdtemp(pattern.data());
  }
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// Two nodes, whose certificates are files of a directory that goes with the test.
class TlsTest : public ::testing::Test {
 protected:
  // Each file is replaced as a whole, the key first: until the certificate follows the two do not
  // fit, and what was read before goes on being used.
  void Write(const std::string& name, const std::string& text) const {
    const std::filesystem::path path = directory_.path() / name;
    std::ofstream(path.string() + ".new", std::ios::binary) << text;
    std::filesystem::rename(path.string() + ".new", path);
  }
  void WriteFiles(const std::string& node, const KeyAndCertificate& own,
                  const TestAuthority& believed) const {
    Write(node + ".ca", believed.certificate());
    Write(node + ".key", own.private_key);
    Write(node + ".crt", own.certificate);
  }
  TlsFiles FilesOf(const std::string& node) const {
    return {.certificate = directory_.path() / (node + ".crt"),
            .private_key = directory_.path() / (node + ".key"),
            .authorities = directory_.path() / (node + ".ca"),
            .reload_interval = absl::Seconds(1)};
  }
  void StartBoth() {
    b_.Start({a_.Address(), b_.Address()});
    a_.Start({a_.Address(), b_.Address()});
  }

  TemporaryDirectory directory_;  // Goes last: nodes read it.
  TestAuthority authority_{"authority"};
  TestNode a_{'a'};
  TestNode b_{'b'};
};

TEST_F(TlsTest, NodesWithCertificatesForTheirNamesTalk) {
  WriteFiles("a", authority_.Issue("a"), authority_);
  WriteFiles("b", authority_.Issue("b"), authority_);
  a_.options().tls = FilesOf("a");
  b_.options().tls = FilesOf("b");
  StartBoth();
  ASSERT_TRUE(a_.listener().AwaitConnects(kB, kControl, 1));
  ASSERT_TRUE(b_.listener().AwaitConnects(kA, kControl, 1));
  ASSERT_TRUE(a_.transport().Send(
      kB, kControl, base::BytesChain(base::Bytes::Adopt(std::string(1'000'000, 'x')))));
  EXPECT_TRUE(b_.listener().AwaitMessages(kA, kControl, 1));
  EXPECT_THAT(a_.log().Text(), Not(HasSubstr("PRIVATE KEY")));
}

TEST_F(TlsTest, ACertificateForAnotherNameIsRefusedByBothSidesAndBothLogsSayWhy) {
  WriteFiles("a", authority_.Issue("a"), authority_);
  WriteFiles("b", authority_.Issue("x"), authority_);
  a_.options().tls = FilesOf("a");
  b_.options().tls = FilesOf("b");
  StartBoth();
  const std::string why = "the certificate is for x, not for b";
  // b opens, and a does not let it in.
  EXPECT_TRUE(b_.listener().AwaitFailure(kA, kControl, absl::StatusCode::kUnauthenticated));
  EXPECT_TRUE(a_.log().AwaitLine({"peer.refused ", "peer=b", why}));
  EXPECT_TRUE(b_.log().AwaitLine({"peer.refused ", "peer=a", why}));
  // a opens, and does not take b for b.
  EXPECT_TRUE(a_.listener().AwaitFailure(kB, kControl, absl::StatusCode::kUnauthenticated));
  EXPECT_TRUE(a_.log().AwaitLine({"peer.refused ", "stream=control", "address=", why}));
  EXPECT_TRUE(b_.log().AwaitLine({"peer.refused_us", "peer=a", why}));
  EXPECT_EQ(a_.listener().Get(kB, kControl).connects, 0);
  EXPECT_EQ(b_.listener().Get(kA, kControl).connects, 0);
}

TEST_F(TlsTest, ACertificateOfAnotherAuthorityIsNotBelieved) {
  TestAuthority other("other");
  WriteFiles("a", authority_.Issue("a"), authority_);
  WriteFiles("b", other.Issue("b"), authority_);
  a_.options().tls = FilesOf("a");
  b_.options().tls = FilesOf("b");
  StartBoth();
  EXPECT_TRUE(a_.listener().AwaitFailure(kB, kControl, absl::StatusCode::kUnavailable));
  EXPECT_TRUE(b_.listener().AwaitFailure(kA, kControl, absl::StatusCode::kUnavailable));
  EXPECT_TRUE(a_.log().AwaitLine({"peer.unreachable", "peer=b", "certificate verify failed"}));
}

TEST_F(TlsTest, PlaintextAndTlsPartAndBothLogsSayWhy) {
  WriteFiles("b", authority_.Issue("b"), authority_);
  b_.options().tls = FilesOf("b");
  StartBoth();
  // a speaks plaintext to b.
  EXPECT_TRUE(a_.listener().AwaitFailure(kB, kControl, absl::StatusCode::kUnavailable));
  EXPECT_TRUE(a_.log().AwaitLine({"peer.unreachable", "peer=b", "the peer speaks TLS"}));
  EXPECT_TRUE(b_.log().AwaitLine({"peer.refused", "the caller speaks plaintext, this node TLS"}));
  // b speaks TLS to a.
  EXPECT_TRUE(b_.listener().AwaitFailure(kA, kControl, absl::StatusCode::kUnavailable));
  EXPECT_TRUE(b_.log().AwaitLine({"peer.unreachable", "peer=a", "the peer does not speak TLS"}));
  EXPECT_TRUE(a_.log().AwaitLine({"peer.refused", "the caller speaks TLS, this node plaintext"}));
}

TEST_F(TlsTest, FilesThatChangeAreReadAgain) {
  WriteFiles("a", authority_.Issue("a"), authority_);
  WriteFiles("b", authority_.Issue("x"), authority_);
  a_.options().tls = FilesOf("a");
  b_.options().tls = FilesOf("b");
  StartBoth();
  ASSERT_TRUE(a_.listener().AwaitFailure(kB, kControl, absl::StatusCode::kUnauthenticated));
  ASSERT_TRUE(b_.listener().AwaitFailure(kA, kControl, absl::StatusCode::kUnauthenticated));
  WriteFiles("b", authority_.Issue("b"), authority_);
  EXPECT_TRUE(a_.listener().AwaitConnects(kB, kControl, 1));
  EXPECT_TRUE(b_.listener().AwaitConnects(kA, kControl, 1));
}

TEST_F(TlsTest, FilesThatCannotBeUsedStopTheStart) {
  WriteFiles("a", authority_.Issue("a"), authority_);
  EXPECT_TRUE(TlsCredentials(FilesOf("a")).ok());
  EXPECT_EQ(TlsCredentials(FilesOf("b")).status().code(), absl::StatusCode::kNotFound);
  Write("a.key", "a secret that is no key");
  const absl::Status status = TlsCredentials(FilesOf("a")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("secret")));
  a_.options().tls = FilesOf("a");
  EXPECT_EQ(GrpcTransport::Start(a_.options(), &a_.listener()).status(), status);
}

}  // namespace
}  // namespace warren::replication
