// Certificates for tests, made on the spot.
#pragma once

#include <memory>
#include <string>

namespace warren::replication {

struct KeyAndCertificate {
  std::string private_key;  // Both in PEM form.
  std::string certificate;
};

// An authority that signs whatever it is asked to, for an hour.
class TestAuthority {
 public:
  explicit TestAuthority(const std::string& name);
  ~TestAuthority();

  const std::string& certificate() const { return certificate_; }
  // `dns_name` becomes both the common name and the only alternative name.
  KeyAndCertificate Issue(const std::string& dns_name);

 private:
  struct Keys;
  std::unique_ptr<Keys> keys_;
  std::string certificate_;
  long issued_ = 1;
};

}  // namespace warren::replication
