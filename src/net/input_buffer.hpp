// InputBuffer: what was read from a connection and not yet used; small while nothing happens.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace vc::net {

class InputBuffer {
 public:
  // A typical head fits; an idle connection costs little more than this.
  static constexpr std::size_t kBytesAtRest = 2 << 10;

  std::string_view content() const { return {bytes_.get() + begin_, end_ - begin_}; }

  // Room for at least one more byte behind the content. Grows by doubling while the content is
  // below `content_max`. Moves the content: no views of it may be in use.
  std::span<char> room(std::size_t content_max);

  void added(std::size_t bytes) { end_ += bytes; }

  // Does not move the content.
  void consume(std::size_t bytes) { begin_ += bytes; }

  // Puts bytes in front of the content that were taken out of it before. Moves the content.
  void put_back(std::string_view bytes);
  // Gives back what a large head made it take. Moves the content.
  void rest();

 private:
  void reallocate(std::size_t capacity);

  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace vc::net
