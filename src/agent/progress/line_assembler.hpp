// LineAssembler: whole lines out of bytes that arrive in any portions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace vc::agent {

class LineAssembler {
 public:
  // A line without an end is given out in pieces of this size, so that memory stays bounded.
  static constexpr std::size_t kLineBytesMax = 64 << 10;

  // Calls `emit(line)`, without the line feed, for every line that is complete now.
  template <class Emit>
  void feed(std::string_view bytes, const Emit& emit) {
    while (!bytes.empty()) {
      const std::size_t end = bytes.find('\n');
      if (end == std::string_view::npos) {
        partial_ += bytes;
        if (partial_.size() >= kLineBytesMax) {
          emit(std::string_view(std::exchange(partial_, {})));
        }
        return;
      }
      if (partial_.empty()) {
        emit(bytes.substr(0, end));
      } else {
        partial_ += bytes.substr(0, end);
        emit(std::string_view(partial_));
        partial_.clear();
      }
      bytes.remove_prefix(end + 1);
    }
  }

  // What is left when no more comes.
  template <class Emit>
  void finish(const Emit& emit) {
    if (!partial_.empty()) {
      emit(std::string_view(partial_));
      partial_.clear();
    }
  }

 private:
  std::string partial_;
};

}  // namespace vc::agent
