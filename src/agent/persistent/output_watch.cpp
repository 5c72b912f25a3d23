#include "agent/persistent/output_watch.hpp"

#include "core/assert.hpp"

#include <algorithm>
#include <utility>

namespace vc::agent {

OutputWatch::OutputWatch(const ReadyWhen& ready_when) {
  if (ready_when.kind == ReadyWhen::Kind::output_text) {
    text_ = ready_when.text;
  } else if (ready_when.kind == ReadyWhen::Kind::output_pattern) {
    if (auto compiled = LinePattern::compile(ready_when.text)) {
      pattern_ = *std::move(compiled);
    }
  }
}

bool OutputWatch::feed(OutputStream stream, std::string_view bytes) {
  std::string& pending = pending_[stream == OutputStream::out ? 0 : 1];
  if (!seen_ && !text_.empty()) {
    seen_ = find_text(pending, bytes);
  } else if (!seen_ && pattern_) {
    seen_ = find_pattern(pending, bytes);
  }
  return seen_;
}

bool OutputWatch::find_text(std::string& tail, std::string_view bytes) const {
  tail += bytes;
  if (tail.contains(text_)) {
    return true;
  }
  tail.erase(0, tail.size() - std::min(tail.size(), text_.size() - 1));
  return false;
}

// Also in a line that has no end yet: a prompt need not have one.
bool OutputWatch::find_pattern(std::string& line, std::string_view bytes) const {
  VC_ASSERT(pattern_.has_value());
  while (!bytes.empty()) {
    const std::size_t end = std::min(bytes.find('\n'), bytes.size());
    const std::size_t room = kWatchedLineBytesMax - std::min(line.size(), kWatchedLineBytesMax);
    line += bytes.substr(0, std::min(end, room));
    if (pattern_->occurs_in(line)) {
      return true;
    }
    if (end < bytes.size()) {
      line.clear();
    }
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
  }
  return false;
}

}  // namespace vc::agent
