#include "base/bytes.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace warren::base {

struct Bytes::StringBlock {
  Block head;
  std::string string;
};

Bytes Bytes::Copy(std::string_view bytes) {
  if (bytes.empty()) return {};
  BytesBuilder builder(bytes.size());
  builder.Append(bytes);
  return builder.Freeze();
}

Bytes Bytes::Adopt(std::string&& bytes) {
  // Up to here a block with the payload inside is no larger than one that holds a string.
  constexpr size_t kCopyMax = sizeof(StringBlock) - sizeof(Block);
  if (bytes.size() <= kCopyMax) return Copy(bytes);
  const bytes_pool::Allocation allocation = bytes_pool::Allocate(sizeof(StringBlock));
  auto* block = ::new (allocation.memory) StringBlock{.head = {}, .string = std::move(bytes)};
  block->head.size_class = allocation.size_class;
  block->head.holds_string = true;
  return {&block->head, block->string.data(), block->string.size()};
}

Bytes Bytes::Slice(size_t offset, size_t size) const {
  WARREN_CHECK(offset <= size_ && size <= size_ - offset);
  if (size == 0) return {};
  AddReference(block_);
  return {block_, data_ + offset, size};
}

void Bytes::Destroy(Block* block) {
  const bytes_pool::SizeClass size_class = block->size_class;
  if (block->holds_string) {
    reinterpret_cast<StringBlock*>(block)->~StringBlock();
  } else {
    block->~Block();
  }
  bytes_pool::Release(block, size_class);
}

BytesBuilder& BytesBuilder::operator=(BytesBuilder&& other) noexcept {
  std::swap(block_, other.block_);
  std::swap(size_, other.size_);
  std::swap(capacity_, other.capacity_);
  return *this;
}

void BytesBuilder::Reserve(size_t capacity) {
  if (capacity <= capacity_) return;
  const bytes_pool::Allocation allocation = bytes_pool::Allocate(sizeof(Bytes::Block) + capacity);
  auto* block = ::new (allocation.memory) Bytes::Block;
  block->size_class = allocation.size_class;
  if (block_ != nullptr) {
    std::memcpy(Bytes::Payload(block), Bytes::Payload(block_), size_);
    Bytes::Destroy(block_);
  }
  block_ = block;
  capacity_ = allocation.bytes - sizeof(Bytes::Block);
}

char* BytesBuilder::Extend(size_t size) {
  WARREN_CHECK(size <= SIZE_MAX / 4);
  if (size > capacity_ - size_) Reserve(std::max(size_ + size, 2 * capacity_));
  char* begin = data() + size_;
  size_ += size;
  return begin;
}

void BytesBuilder::Append(std::string_view bytes) {
  if (bytes.empty()) return;
  std::memcpy(Extend(bytes.size()), bytes.data(), bytes.size());
}

Bytes BytesBuilder::Freeze() {
  const size_t size = std::exchange(size_, 0);
  if (size == 0) return {};
  capacity_ = 0;
  Bytes::Block* block = std::exchange(block_, nullptr);
  return {block, Bytes::Payload(block), size};
}

}  // namespace warren::base
