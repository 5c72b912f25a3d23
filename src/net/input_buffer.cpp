#include "net/input_buffer.hpp"

#include <algorithm>
#include <cstring>

namespace vc::net {

std::span<char> InputBuffer::room(std::size_t content_max) {
  if (end_ == capacity_ && begin_ > 0) {
    reallocate(capacity_);
  }
  if (end_ == capacity_) {
    const std::size_t wanted = std::max(capacity_ * 2, kBytesAtRest);
    reallocate(std::max(std::min(wanted, content_max), end_ + 1));
  }
  return {bytes_.get() + end_, capacity_ - end_};
}

void InputBuffer::put_back(std::string_view bytes) {
  const std::string_view rest = content();
  const std::size_t size = bytes.size() + rest.size();
  auto joined = std::make_unique_for_overwrite<char[]>(std::max(size, kBytesAtRest));
  std::ranges::copy(bytes, joined.get());
  std::ranges::copy(rest, joined.get() + bytes.size());
  bytes_ = std::move(joined);
  capacity_ = std::max(size, kBytesAtRest);
  begin_ = 0;
  end_ = size;
}

void InputBuffer::rest() {
  const std::size_t size = end_ - begin_;
  if (capacity_ > kBytesAtRest && size <= kBytesAtRest) {
    reallocate(kBytesAtRest);
  } else if (begin_ > 0) {
    reallocate(capacity_);
  }
}

void InputBuffer::reallocate(std::size_t capacity) {
  const std::size_t size = end_ - begin_;
  if (capacity == capacity_) {
    if (size > 0) {
      std::memmove(bytes_.get(), bytes_.get() + begin_, size);
    }
  } else {
    auto moved = std::make_unique_for_overwrite<char[]>(capacity);
    std::ranges::copy(content(), moved.get());
    bytes_ = std::move(moved);
    capacity_ = capacity;
  }
  begin_ = 0;
  end_ = size;
}

}  // namespace vc::net
