#include "base/bytes_chain.h"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/check.h"

namespace warren::base {

void BytesChain::Append(Bytes bytes) {
  if (bytes.empty()) return;
  size_ += bytes.size();
  if (!pieces_.empty()) {
    Bytes& last = pieces_.back();
    if (last.block_ == bytes.block_ && last.data_ + last.size_ == bytes.data_) {
      last.size_ += bytes.size_;
      return;
    }
  }
  pieces_.push_back(std::move(bytes));
}

void BytesChain::Append(const BytesChain& chain) {
  Append(BytesChain(chain));  // A copy first: `chain` may be this very chain.
}

void BytesChain::Append(BytesChain&& chain) {
  WARREN_CHECK(this != &chain);
  for (Bytes& piece : chain.pieces_) Append(std::move(piece));
  chain.Clear();
}

void BytesChain::Clear() {
  pieces_.clear();
  size_ = 0;
}

BytesChain BytesChain::Slice(size_t offset, size_t size) const {
  WARREN_CHECK(offset <= size_ && size <= size_ - offset);
  BytesChain result;
  for (const Bytes& piece : pieces_) {
    if (size == 0) break;
    if (offset >= piece.size()) {
      offset -= piece.size();
      continue;
    }
    const size_t taken = std::min(piece.size() - offset, size);
    result.Append(piece.Slice(offset, taken));
    offset = 0;
    size -= taken;
  }
  return result;
}

void BytesChain::CopyTo(char* out) const {
  for (const Bytes& piece : pieces_) {
    std::memcpy(out, piece.data(), piece.size());
    out += piece.size();
  }
}

Bytes BytesChain::Flatten() const {
  if (pieces_.empty()) return {};
  if (pieces_.size() == 1) return pieces_.front();
  BytesBuilder builder(size_);
  CopyTo(builder.Extend(size_));
  return builder.Freeze();
}

bool operator==(const BytesChain& a, const BytesChain& b) {
  if (a.size_ != b.size_) return false;
  size_t offset = 0;
  for (const Bytes& piece : b.pieces_) {
    if (a.Slice(offset, piece.size()) != piece.view()) return false;
    offset += piece.size();
  }
  return true;
}

bool operator==(const BytesChain& chain, std::string_view bytes) {
  if (chain.size_ != bytes.size()) return false;
  for (const Bytes& piece : chain.pieces_) {
    if (piece.view() != bytes.substr(0, piece.size())) return false;
    bytes.remove_prefix(piece.size());
  }
  return true;
}

}  // namespace warren::base
